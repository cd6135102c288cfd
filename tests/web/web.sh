# Sourced by tests behind tests/cli/tap.sh: starts the made-up web of loopback.c, which ends with the test.
# shellcheck shell=bash
# web_start FOLDER ARGUMENT...: FOLDER/names and FOLDER/log; ready when it returns.
web_start() {
    local dir=$1
    shift
    mkdir -p "$dir"
    rm -f "$dir/hold" "$dir/ready" "$dir/log"
    mkfifo "$dir/hold"
    "${BUILD:-$TOP/build}/tests/web/loopback" --names "$dir/names" --log "$dir/log" "$@" < "$dir/hold" > "$dir/ready" &
    WEB_PID=$!
    exec 9> "$dir/hold"
    for _ in $(seq 600); do
        grep -q ready "$dir/ready" && return 0
        sleep 0.05
    done
    echo "Bail out! the made-up web does not start"
    exit 1
}
# The log is whole when it returns.
web_stop() {
    exec 9>&-
    wait "$WEB_PID" 2> /dev/null
}
# web_certificates FOLDER: ca.pem, site.pem and site.key for secure.test and h2.test, made now.
web_certificates() {
    mkdir -p "$1"
    (
        cd "$1" || exit 1
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -days 2 \
            -subj "/CN=made-up authority" &&
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout site.key -out site.csr \
                -subj "/CN=secure.test" &&
            printf 'subjectAltName=DNS:secure.test,DNS:h2.test\n' > site.ext &&
            openssl x509 -req -in site.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile site.ext -out site.pem || exit 1
        # Those that must be refused: outside its days (by `openssl ca`, which takes dates), signed by itself.
        : > index
        echo 01 > serial
        printf '%s\n' '[ca]' 'default_ca = made_up' '[made_up]' 'database = index' 'serial = serial' 'certificate = ca.pem' \
            'private_key = ca.key' 'new_certs_dir = .' 'default_md = sha256' 'policy = any' 'unique_subject = no' '[any]' 'commonName = supplied' > ca.cnf
        while read -r host from to; do
            openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$host.key" -out "$host.csr" -subj "/CN=$host"
            printf 'subjectAltName=DNS:%s\n' "$host" > "$host.ext"
            openssl ca -batch -notext -config ca.cnf -in "$host.csr" -startdate "$from" -enddate "$to" -extfile "$host.ext" -out "$host.crt"
            cat "$host.crt" "$host.key" > "$host.pem"
        done <<< $'expired.test 20200101000000Z 20200201000000Z\nearly.test 20900101000000Z 20900201000000Z'
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout self.key -out self.crt -days 2 \
            -subj "/CN=selfsigned.test" -addext "subjectAltName=DNS:selfsigned.test"
        cat self.crt self.key > selfsigned.test.pem
    ) 2> /dev/null > /dev/null
}
# web_archives FOLDER...: each crawl's archive, read as replay tools read it (check_warc.py); a line of TAP.
web_archives() {
    local dir said bad=0 records=0
    if ! command -v python3 > /dev/null; then
        skip "python3 is not installed: archives are not read by another program"
        return
    fi
    for dir in "$@"; do
        ls "$dir"/warc/*.warc.gz > /dev/null 2>&1 || continue
        said=$(python3 "$TOP/tests/web/check_warc.py" "$dir/warc") || {
            bad=1
            printf '# %s\n' "$dir"
            head -20 <<< "$said" | sed 's/^/# /'
        }
        records=$((records + $(sed -n 's/^[0-9]* files, \([0-9]*\) records,.*/\1/p' <<< "$said")))
    done
    [ $bad = 0 ] && [ $records -gt 0 ]
    ok $? "archives and indexes by warcio's rules, read by another program: $records records"
}
