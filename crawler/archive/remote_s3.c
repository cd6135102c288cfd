/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/remote_s3.h"

#include "base/date.h"
#include "base/limits.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Real ones have some kB. */
#define MAX_FILE (256 * EM_KIB)

/* SHA-256 of nothing: the body of a GET. */
static const char empty_hash[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/* --- settings ---------------------------------------------------------------------------- */

/* A value that is too long is none: half a key would only be refused later. */
static void remote_s3_set(char *to, size_t size, struct em_view value)
{
    if (to[0] || value.len == 0 || value.len >= size ||
        memchr(value.data, '\0', value.len))
        return;
    memcpy(to, value.data, value.len);
    to[value.len] = '\0';
}

static void set_named(struct em_s3 *s3, struct em_view name, struct em_view value)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } all[] = {
        {"aws_access_key_id", s3->key, sizeof(s3->key)},
        {"aws_secret_access_key", s3->secret, sizeof(s3->secret)},
        {"aws_session_token", s3->token, sizeof(s3->token)},
        {"region", s3->region, sizeof(s3->region)},
        {"endpoint_url", s3->endpoint, sizeof(s3->endpoint)},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        if (em_view_ieq(name, em_view_of(all[i].name)))
            remote_s3_set(all[i].to, all[i].size, value);
}

/* "[default]", "[name]" or in config files "[profile name]". */
static bool is_section(struct em_view line, const char *profile, bool config)
{
    struct em_view name = em_view_trim(em_view_sub(line, 1, line.len - 2));
    struct em_view want = em_view_of(profile);
    if (config && em_view_starts(name, EM_VIEW("profile ")))
        return em_view_eq(em_view_trim(em_view_sub(name, 8, name.len)), want);
    return em_view_eq(name, want) && (!config || em_view_eq(want, EM_VIEW("default")));
}

/* "addressing_style = path" */
static void set_part(struct em_s3 *s3, struct em_view line)
{
    size_t at = em_view_find(line, 0, EM_VIEW("="));
    if (em_view_eq(em_view_trim(em_view_sub(line, 0, at)), EM_VIEW("addressing_style")))
        remote_s3_set(s3->style, sizeof(s3->style),
                      em_view_trim(em_view_sub(line, at + 1, line.len)));
}

enum em_status em_s3_set_style(struct em_s3 *s3, const char *style, struct em_err *err)
{
    if (!style)
        return EM_OK;
    if (strcmp(style, "path") != 0 && strcmp(style, "virtual") != 0 &&
        strcmp(style, "auto") != 0)
        return em_fail(err, EM_ERR_USAGE, "remote",
                       "--s3-style is 'path', 'virtual' or 'auto'");
    snprintf(s3->style, sizeof(s3->style), "%s", style);
    return EM_OK;
}

void em_s3_read_profile(struct em_s3 *s3, struct em_view text, const char *profile,
                        bool config)
{
    bool inside = false;
    while (text.len) {
        size_t end = em_view_find(text, 0, EM_VIEW("\n"));
        struct em_view raw = em_view_sub(text, 0, end), line = em_view_trim(raw);
        text = em_view_sub(text, end + 1, text.len);
        if (line.len == 0 || line.data[0] == '#' || line.data[0] == ';')
            continue;
        /* What is indented belongs to a setting with parts (s3 =). */
        if (raw.data[0] == ' ' || raw.data[0] == '\t') {
            if (inside)
                set_part(s3, line);
            continue;
        }
        if (line.data[0] == '[' && line.data[line.len - 1] == ']') {
            inside = line.len > 2 && is_section(line, profile, config);
            continue;
        }
        size_t at = em_view_find(line, 0, EM_VIEW("="));
        if (inside && at < line.len)
            set_named(s3, em_view_trim(em_view_sub(line, 0, at)),
                      em_view_trim(em_view_sub(line, at + 1, line.len)));
    }
}

/* A file that is not there is empty. */
static enum em_status read_file(const char *path, struct em_buf *out, struct em_err *err)
{
    char bytes[4096];
    ssize_t n;
    enum em_status status = EM_OK;
    em_buf_clear(out);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return EM_OK;
    while (status == EM_OK && (n = read(fd, bytes, sizeof(bytes))) > 0)
        status = em_buf_append(out, bytes, (size_t)n);
    close(fd);
    return status < 0 ? em_fail(err, status, "remote", "'%.150s': %s", path,
                                em_status_text(status))
                      : EM_OK;
}

static enum em_status read_named_file(struct em_s3 *s3, const char *variable,
                                      const char *usual, const char *profile, bool config,
                                      struct em_err *err)
{
    char path[4096];
    struct em_buf text;
    const char *named = getenv(variable), *home = getenv("HOME");
    int n = named && *named
                ? snprintf(path, sizeof(path), "%s", named)
                : snprintf(path, sizeof(path), "%s/.aws/%s", home ? home : "", usual);
    if (n < 0 || (size_t)n >= sizeof(path) || (!home && !(named && *named)))
        return EM_OK;
    em_buf_init(&text, MAX_FILE);
    enum em_status status = read_file(path, &text, err);
    if (status == EM_OK)
        em_s3_read_profile(s3, em_buf_view(&text), profile, config);
    em_buf_release(&text);
    return status;
}

static void set_from_environment(char *to, size_t size, const char *variable)
{
    remote_s3_set(to, size, em_view_of(getenv(variable)));
}

enum em_status em_s3_load(struct em_s3 *s3, struct em_err *err)
{
    const char *profile = getenv("AWS_PROFILE");
    bool named = profile && *profile;
    profile = named ? profile : "default";
    *s3 = (struct em_s3){.key = ""};
    set_from_environment(s3->region, sizeof(s3->region), "AWS_REGION");
    set_from_environment(s3->region, sizeof(s3->region), "AWS_DEFAULT_REGION");
    set_from_environment(s3->endpoint, sizeof(s3->endpoint), "AWS_ENDPOINT_URL_S3");
    set_from_environment(s3->endpoint, sizeof(s3->endpoint), "AWS_ENDPOINT_URL");
    struct em_s3 file = *s3;
    EM_TRY(read_named_file(&file, "AWS_SHARED_CREDENTIALS_FILE", "credentials", profile,
                           false, err));
    EM_TRY(read_named_file(&file, "AWS_CONFIG_FILE", "config", profile, true, err));
    /* Keys and token come from one place: a token of another key is refused. */
    set_from_environment(s3->key, sizeof(s3->key), "AWS_ACCESS_KEY_ID");
    set_from_environment(s3->secret, sizeof(s3->secret), "AWS_SECRET_ACCESS_KEY");
    if (s3->key[0] && s3->secret[0]) {
        set_from_environment(s3->token, sizeof(s3->token), "AWS_SESSION_TOKEN");
        remote_s3_set(s3->region, sizeof(s3->region), em_view_of(file.region));
        remote_s3_set(s3->endpoint, sizeof(s3->endpoint), em_view_of(file.endpoint));
        remote_s3_set(s3->style, sizeof(s3->style), em_view_of(file.style));
    } else {
        *s3 = file;
    }
    if (!s3->key[0] || !s3->secret[0])
        s3->key[0] = s3->secret[0] = s3->token[0] = '\0';
    remote_s3_set(s3->region, sizeof(s3->region), EM_VIEW("us-east-1"));
    return EM_OK;
}

/* --- addresses --------------------------------------------------------------------------- */

static bool plain_char(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           c == '-' || c == '.' || c == '_' || c == '~' || c == '/';
}

static bool bucket_char(unsigned char c)
{
    return plain_char(c) && c != '/' && c != '~';
}

static enum em_status add_key(struct em_buf *url, struct em_view key)
{
    for (size_t i = 0; i < key.len; i++) {
        unsigned char c = (unsigned char)key.data[i];
        EM_TRY(plain_char(c) ? em_buf_putc(url, (char)c)
                             : em_buf_printf(url, "%%%02X", c));
    }
    return EM_OK;
}

enum em_status em_s3_url(const struct em_s3 *s3, const char *name, struct em_buf *url,
                         struct em_err *err)
{
    struct em_view rest = em_view_of(name + 5);
    size_t slash = em_view_find(rest, 0, EM_VIEW("/"));
    struct em_view bucket = em_view_sub(rest, 0, slash),
                   key = em_view_sub(rest, slash + 1, rest.len);
    bool fine = bucket.len > 0 && bucket.len < 256 && key.len > 0, dots = false;
    for (size_t i = 0; i < bucket.len && fine; i++) {
        fine = bucket_char((unsigned char)bucket.data[i]);
        dots |= bucket.data[i] == '.';
    }
    if (!fine)
        return em_fail(err, EM_ERR_FORMAT, "remote", "not s3://bucket/key");
    em_buf_clear(url);
    struct em_view end = em_view_of(s3->endpoint);
    while (end.len && end.data[end.len - 1] == '/')
        end.len--;
    if (end.len && !em_view_istarts(end, EM_VIEW("http://")) &&
        !em_view_istarts(end, EM_VIEW("https://")))
        return em_fail(err, EM_ERR_FORMAT, "remote",
                       "the endpoint is not http:// or https://: '%.100s'", s3->endpoint);
    /* A certificate of *.s3... holds for one label only. */
    bool named = strcmp(s3->style, "virtual") == 0 ||
                 (strcmp(s3->style, "path") != 0 && !end.len && !dots);
    size_t host = em_view_find(end, 0, EM_VIEW("://")) + 3;
    if (end.len && named)
        EM_TRY(em_buf_printf(url, "%.*s%.*s.%.*s/", (int)host, end.data,
                             EM_VIEW_ARGS(bucket), (int)(end.len - host),
                             end.data + host));
    else if (end.len)
        EM_TRY(em_buf_printf(url, "%.*s/%.*s/", EM_VIEW_ARGS(end), EM_VIEW_ARGS(bucket)));
    else if (named)
        EM_TRY(em_buf_printf(url, "https://%.*s.s3.%s.amazonaws.com/",
                             EM_VIEW_ARGS(bucket), s3->region));
    else
        EM_TRY(em_buf_printf(url, "https://s3.%s.amazonaws.com/%.*s/", s3->region,
                             EM_VIEW_ARGS(bucket)));
    return add_key(url, key);
}

/* --- signing ----------------------------------------------------------------------------- */

static void remote_s3_hex(const unsigned char *bytes, size_t n, char *out)
{
    for (size_t i = 0; i < n; i++)
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static bool mac(const void *key, size_t key_len, const char *text, unsigned char out[32])
{
    unsigned len = 32;
    return HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)text,
                strlen(text), out, &len) != NULL;
}

/* What is signed: fields in the order of their names. */
static enum em_status canonical(struct em_buf *out, const struct em_s3 *s3,
                                struct em_view url, const char *range, const char *stamp)
{
    struct em_view rest =
        em_view_sub(url, em_view_find(url, 0, EM_VIEW("://")) + 3, url.len);
    size_t slash = em_view_find(rest, 0, EM_VIEW("/"));
    struct em_view host = em_view_sub(rest, 0, slash),
                   path = em_view_sub(rest, slash, rest.len);
    EM_TRY(em_buf_printf(out, "GET\n%.*s\n\nhost:%.*s\n", EM_VIEW_ARGS(path),
                         EM_VIEW_ARGS(host)));
    if (range)
        EM_TRY(em_buf_printf(out, "range:%s\n", range));
    EM_TRY(em_buf_printf(out, "x-amz-content-sha256:%s\nx-amz-date:%s\n", empty_hash,
                         stamp));
    if (s3->requester_pays)
        EM_TRY(em_buf_printf(out, "x-amz-request-payer:requester\n"));
    if (s3->token[0])
        EM_TRY(em_buf_printf(out, "x-amz-security-token:%s\n", s3->token));
    return em_buf_printf(out, "\nhost;%sx-amz-content-sha256;x-amz-date%s%s\n%s",
                         range ? "range;" : "",
                         s3->requester_pays ? ";x-amz-request-payer" : "",
                         s3->token[0] ? ";x-amz-security-token" : "", empty_hash);
}

static bool signature(const struct em_s3 *s3, const char *canonical_text,
                      const char *stamp, const char *scope, char out[65])
{
    unsigned char digest[32], key[32];
    char text[512], secret[EM_S3_KEY + 4], day[9], hashed[65];
    if (!EVP_Digest(canonical_text, strlen(canonical_text), digest, NULL, EVP_sha256(),
                    NULL))
        return false;
    remote_s3_hex(digest, sizeof(digest), hashed);
    snprintf(text, sizeof(text), "AWS4-HMAC-SHA256\n%s\n%s\n%s", stamp, scope, hashed);
    snprintf(secret, sizeof(secret), "AWS4%s", s3->secret);
    snprintf(day, sizeof(day), "%.8s", stamp);
    bool fine = mac(secret, strlen(secret), day, key) && mac(key, 32, s3->region, key) &&
                mac(key, 32, "s3", key) && mac(key, 32, "aws4_request", key) &&
                mac(key, 32, text, digest);
    remote_s3_hex(digest, sizeof(digest), out);
    return fine;
}

static enum em_status add_line(struct em_buf *out, const char *name, const char *value)
{
    EM_TRY(em_buf_printf(out, "%s: %s", name, value));
    return em_buf_putc(out, '\0');
}

/* spec: AWS Signature Version 4, "Create a signed request" */
enum em_status em_s3_sign(const struct em_s3 *s3, struct em_view url, const char *range,
                          int64_t when, struct em_buf *headers)
{
    char date[24], stamp[17], scope[128], sign[65];
    struct em_buf text;
    em_buf_clear(headers);
    if (!s3->key[0])
        return EM_OK;
    em_date_format(when, date); /* 2013-05-24T00:00:00Z */
    snprintf(stamp, sizeof(stamp), "%.4s%.2s%.2sT%.2s%.2s%.2sZ", date, date + 5, date + 8,
             date + 11, date + 14, date + 17);
    snprintf(scope, sizeof(scope), "%.8s/%s/s3/aws4_request", stamp, s3->region);
    em_buf_init(&text, 64 * EM_KIB);
    enum em_status status = canonical(&text, s3, url, range, stamp);
    if (status == EM_OK && !signature(s3, text.data, stamp, scope, sign))
        status = EM_ERR_NOMEM;
    em_buf_release(&text);
    if (status < 0)
        return status;
    EM_TRY(add_line(headers, "x-amz-content-sha256", empty_hash));
    EM_TRY(add_line(headers, "x-amz-date", stamp));
    if (s3->requester_pays)
        EM_TRY(add_line(headers, "x-amz-request-payer", "requester"));
    if (s3->token[0])
        EM_TRY(add_line(headers, "x-amz-security-token", s3->token));
    EM_TRY(em_buf_printf(headers,
                         "Authorization: AWS4-HMAC-SHA256 Credential=%s/%s,SignedHeaders="
                         "host;%sx-amz-content-sha256;x-amz-date%s%s,Signature=%s",
                         s3->key, scope, range ? "range;" : "",
                         s3->requester_pays ? ";x-amz-request-payer" : "",
                         s3->token[0] ? ";x-amz-security-token" : "", sign));
    return em_buf_putc(headers, '\0');
}
