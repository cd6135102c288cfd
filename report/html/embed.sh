#!/bin/bash
# embed.sh NAME=FILE[,FILE...]...: C source on standard output with the bytes of the files, joined, as
# em_asset_NAME and em_asset_NAME_size (report/html_assets.h). A NAME without files has no bytes.
set -eu
echo '/* SPDX-License-Identifier: Apache-2.0'
echo ' * Made by report/html/embed.sh; the bytes keep the licences of their files. */'
echo '#include "report/html_assets.h"'
for asset; do
    name=${asset%%=*}
    IFS=, read -r -a files <<< "${asset#*=}"
    size=0
    echo "const unsigned char em_asset_$name[] = {"
    if [ ${#files[@]} -gt 0 ]; then
        cat "${files[@]}" | od -An -v -tu1 | sed -E 's/ +/,/g; s/^,//; s/$/,/'
        size=$(cat "${files[@]}" | wc -c)
    fi
    # A final 0, since an array must have an element; not counted.
    echo "0};"
    echo "const size_t em_asset_${name}_size = $size;"
done
