/* SPDX-License-Identifier: Apache-2.0 */
#include "base/net/setup.h"

#include <errno.h>
#include <sys/socket.h>

bool em_net_setup(CURL *e, char message[CURL_ERROR_SIZE])
{
    int bad = 0;
#define SET(option, value) bad |= curl_easy_setopt(e, option, value) != CURLE_OK
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
    SET(CURLOPT_FOLLOWLOCATION, 0L); /* each hop is judged by whoever follows it */
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_PATH_AS_IS, 1L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP09_ALLOWED, 0L);
    SET(CURLOPT_HTTP_CONTENT_DECODING, 0L);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    SET(CURLOPT_ERRORBUFFER, message);
#undef SET
    return !bad;
}

/* Not the other side's fault: descriptors or memory of this machine are used up. */
static bool net_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

curl_socket_t em_net_socket(struct em_net_door *door, curlsocktype purpose,
                            const struct curl_sockaddr *to)
{
    em_address_from_sockaddr(&to->addr, to->addrlen, &door->address);
    /* The URL's port has been judged; the address may have another one, of the user's own
     * (--resolve, a proxy). */
    door->refused = purpose != CURLSOCKTYPE_IPCXN ? "not a connection" : NULL;
    if (!door->refused && !door->proxied)
        door->refused = em_guard_refuses(&door->address, door->allow_private);
    if (door->refused)
        return CURL_SOCKET_BAD;
    int fd = socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    door->exhausted = fd < 0 && net_exhausted(errno);
    return fd < 0 ? CURL_SOCKET_BAD : fd;
}

/* --- errors --------------------------------------------------------------------------- */

static enum em_fetch_error net_connect_error(CURL *easy, const struct em_net_door *door)
{
    long os = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os);
    if (door->refused)
        return EM_FETCH_BLOCKED;
    if (door->exhausted || net_exhausted((int)os))
        return EM_FETCH_EXHAUSTED;
    switch (os) {
    case ECONNREFUSED:
        return EM_FETCH_REFUSED;
    case ETIMEDOUT:
        return EM_FETCH_TIMEOUT_CONNECT;
    case ECONNRESET:
        return EM_FETCH_RESET;
    default:
        return EM_FETCH_UNREACHABLE;
    }
}

static enum em_fetch_error net_timeout_error(const struct em_net_door *door,
                                             enum em_net_phase phase)
{
    switch (phase) {
    case EM_NET_CONNECTING:
        return door->address.family ? EM_FETCH_TIMEOUT_CONNECT : EM_FETCH_TIMEOUT_RESOLVE;
    case EM_NET_WAITING:
        return EM_FETCH_TIMEOUT_FIRST;
    default:
        return EM_FETCH_TIMEOUT_TOTAL;
    }
}

/* Which certificate was refused, by OpenSSL's numbers (x509_vfy.h), which libcurl hands on;
 * with another TLS library they are others, and the general error is the answer. Most
 * often libcurl compares the name itself, before all else, and leaves no number. */
static enum em_fetch_error net_certificate_error(CURL *easy, const char *message)
{
    enum {
        NOT_YET_VALID = 9,
        HAS_EXPIRED = 10,
        SELF_SIGNED = 18,
        SELF_SIGNED_CHAIN = 19,
        WRONG_HOST = 62
    };
    const curl_version_info_data *version = curl_version_info(CURLVERSION_NOW);
    long result = -1;
    if (!version->ssl_version || !strstr(version->ssl_version, "SSL") ||
        curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result) != CURLE_OK)
        return EM_FETCH_CERTIFICATE;
    switch (result) {
    case NOT_YET_VALID:
    case HAS_EXPIRED:
        return EM_FETCH_CERT_DATE;
    case SELF_SIGNED:
    case SELF_SIGNED_CHAIN:
        return EM_FETCH_CERT_SELF;
    case WRONG_HOST:
        return EM_FETCH_CERT_NAME;
    default:
        return strstr(message, "subject name") ? EM_FETCH_CERT_NAME
                                               : EM_FETCH_CERTIFICATE;
    }
}

enum em_fetch_error em_net_error(CURL *easy, CURLcode code,
                                 const struct em_net_door *door, enum em_net_phase phase,
                                 bool header_done, const char *message)
{
    switch ((int)code) {
    case CURLE_OK:
        return EM_FETCH_OK;
    case CURLE_URL_MALFORMAT:
        return EM_FETCH_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return EM_FETCH_DNS;
    case CURLE_COULDNT_CONNECT:
        return net_connect_error(easy, door);
    case CURLE_OPERATION_TIMEDOUT:
        return net_timeout_error(door, phase);
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS:
        return net_certificate_error(easy, message);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_USE_SSL_FAILED:
        return EM_FETCH_TLS;
    case CURLE_GOT_NOTHING:
        return EM_FETCH_EMPTY;
    case CURLE_PARTIAL_FILE:
        return EM_FETCH_SHORT;
    case CURLE_RECV_ERROR: /* also what a bad chunk is called */
        return strstr(message, "hunk") ? EM_FETCH_PROTOCOL : EM_FETCH_RESET;
    case CURLE_SEND_ERROR:
        return EM_FETCH_RESET;
    case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9; the scheme was checked before */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_HTTP_RETURNED_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_FILESIZE_EXCEEDED:
        return EM_FETCH_PROTOCOL;
    case CURLE_OUT_OF_MEMORY: /* also what a header line over 100 kB is called */
        return phase == EM_NET_READING && !header_done ? EM_FETCH_HEADER_LIMIT
                                                       : EM_FETCH_INTERNAL;
    default: /* a header that libcurl's own store of them refuses, and the like */
        return phase == EM_NET_READING ? EM_FETCH_PROTOCOL : EM_FETCH_INTERNAL;
    }
}
