/* SPDX-License-Identifier: Apache-2.0
 *
 * How libcurl is set up, for every request the program makes: http and https only, and no
 * socket without the guard. The crawler's fetcher (fetch.h) and the reader of remote objects
 * (get.h) both stand on this. Private to base/net/.
 */
#ifndef EM_BASE_NET_SETUP_H
#define EM_BASE_NET_SETUP_H

#include "base/net/fetch.h"
#include "base/net/guard.h"

#include <curl/curl.h>

/* What the guard is told, and what it found out about the newest socket. */
struct em_net_door {
    bool allow_private;
    bool proxied;              /* the socket goes to a proxy that the user has named */
    const char *refused;       /* why no socket was made; NULL: it was not the guard */
    bool exhausted;            /* this machine had no socket left to give */
    struct em_address address; /* asked for last; family 0: none */
};

/* Once for each handle. False: out of memory. */
EM_MUST_CHECK bool em_net_setup(CURL *easy, char message[CURL_ERROR_SIZE]);

/* The body of every CURLOPT_OPENSOCKETFUNCTION: a socket for `to`, or CURL_SOCKET_BAD with
 * the reason in *door. */
curl_socket_t em_net_socket(struct em_net_door *door, curlsocktype purpose,
                            const struct curl_sockaddr *to);

/* Where a transfer was when it ended. */
enum em_net_phase {
    EM_NET_CONNECTING,
    EM_NET_WAITING, /* the request is being sent or was */
    EM_NET_READING, /* the first byte came */
};
enum em_fetch_error em_net_error(CURL *easy, CURLcode code,
                                 const struct em_net_door *door, enum em_net_phase phase,
                                 bool header_done, const char *message);

#endif
