/* SPDX-License-Identifier: Apache-2.0
 *
 * Addresses and ports, and which of them may be connected to. Asked for every address at the
 * moment a socket is made for it, so that a name that resolves to something else than it
 * did before (DNS rebinding) changes nothing.
 *
 * One table (guard.c) names each range and the RFC that sets it aside. Addresses that carry
 * an IPv4 address inside (IPv4-mapped, IPv4-compatible, NAT64, 6to4, Teredo) are
 * judged by both: what they are, and what they carry.
 *
 * Pure functions; thread-safe.
 */
#ifndef EM_BASE_NET_GUARD_H
#define EM_BASE_NET_GUARD_H

#include "base/status.h"
#include "base/view.h"

#include <stdint.h>

enum { EM_ADDRESS_TEXT = 64 }; /* "[ffff:...:255.255.255.255]:65535" and a NUL */

struct em_address {
    uint8_t family;    /* 4, 6; 0: none */
    uint8_t bytes[16]; /* network order; the first 4 for IPv4, the rest zero */
    uint16_t port;     /* host order; 0: whatever the URL says */
};

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80". Dotted
 * decimal only: no octal, no short forms. False, and family 0, for anything else. */
EM_MUST_CHECK bool em_address_parse(struct em_view text, struct em_address *address);

/* As em_address_parse reads it: the port only where it is not 0, IPv6 then in brackets.
 * "" for family 0. Spec: RFC5952 for IPv6. */
void em_address_format(const struct em_address *address, char out[EM_ADDRESS_TEXT]);
/* Without the port: what WARC-IP-Address holds. */
void em_address_format_ip(const struct em_address *address, char out[EM_ADDRESS_TEXT]);

/* From a struct sockaddr_in or sockaddr_in6 of `len` bytes; family 0 for others. */
void em_address_from_sockaddr(const void *sockaddr, size_t len,
                              struct em_address *address);

/* Same family and bytes; ports do not count: politeness is per IP. */
bool em_address_same_ip(const struct em_address *a, const struct em_address *b);

/* The net that politeness treats as one machine: an IPv4 address by itself (as
 * ::ffff:a.b.c.d; also where it stands in an IPv4-mapped or NAT64 address), of IPv6 the
 * first `bits` (1 to 128), the rest zero. Family 0: all zero. */
void em_address_net(const struct em_address *address, unsigned bits, uint8_t net[16]);

/* NULL where connecting is allowed, else why not: a static string such as
 * "loopback (RFC 1122)". With `allow_private`, ranges that private networks and tests use
 * (loopback, private, link-local, CGNAT, benchmarking, documentation) are allowed;
 * multicast, broadcast, "this network", reserved ranges and cloud metadata never are. */
const char *em_guard_refuses(const struct em_address *address, bool allow_private);

/* NULL where a port may be connected to, else a static string that names the service: the
 * ports that browsers refuse (spec: Fetch, "port blocking"), because what listens there is
 * no web server and may take a request for its own language. No option allows them. Port 0 is
 * refused. */
const char *em_guard_refuses_port(uint16_t port);

#endif
