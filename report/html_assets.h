/* SPDX-License-Identifier: Apache-2.0
 *
 * What report/html/embed.sh makes at build time out of report/html/ and the packaged chart
 * library: bytes, not NUL-terminated. A size of 0 is a file that was not there.
 */
#ifndef EM_REPORT_HTML_ASSETS_H
#define EM_REPORT_HTML_ASSETS_H

#include <stddef.h>

extern const unsigned char em_asset_page[];
extern const size_t em_asset_page_size;
extern const unsigned char em_asset_style[];
extern const size_t em_asset_style_size;
extern const unsigned char em_asset_script[];
extern const size_t em_asset_script_size;
extern const unsigned char em_asset_chart[];
extern const size_t em_asset_chart_size;

#endif
