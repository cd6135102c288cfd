/* SPDX-License-Identifier: Apache-2.0
 *
 * The ranges are those of IANA's special-purpose address registries (spec: RFC6890 and what
 * updated it). IPv6 is judged by an allow-list first: outside 2000::/3, and the translation
 * prefix 64:ff9b::/96, nothing is global unicast (spec: RFC4291 2.4). The first range that
 * matches is the answer, so narrow ones stand before wide ones.
 */
#include "base/net/guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>

enum rule {
    NEVER,   /* not for a crawler */
    PRIVATE, /* where allow_private */
    INNER,   /* as the IPv4 address at byte `at` */
    FLIPPED, /* the same, with all bits inverted */
    PUBLIC,
};

struct range {
    uint8_t bytes[16];
    uint8_t bits; /* of the prefix */
    uint8_t rule;
    uint8_t at;
    const char *why;
};

static const struct range ipv4[] = {
    {{169, 254, 169, 254}, 32, NEVER, 0, "cloud metadata (RFC 3927)"},
    {{169, 254, 170, 2}, 32, NEVER, 0, "cloud metadata (RFC 3927)"},
    {{100, 100, 100, 200}, 32, NEVER, 0, "cloud metadata (RFC 6598)"},
    {{192, 0, 0, 192}, 32, NEVER, 0, "cloud metadata (RFC 6890)"},
    {{168, 63, 129, 16}, 32, NEVER, 0, "cloud metadata"},
    {{0}, 8, NEVER, 0, "this network (RFC 1122)"},
    {{10}, 8, PRIVATE, 0, "private (RFC 1918)"},
    {{100, 64}, 10, PRIVATE, 0, "carrier-grade NAT (RFC 6598)"},
    {{127}, 8, PRIVATE, 0, "loopback (RFC 1122)"},
    {{169, 254}, 16, PRIVATE, 0, "link-local (RFC 3927)"},
    {{172, 16}, 12, PRIVATE, 0, "private (RFC 1918)"},
    {{192, 0, 0}, 24, NEVER, 0, "protocol assignments (RFC 6890)"},
    {{192, 0, 2}, 24, PRIVATE, 0, "documentation (RFC 5737)"},
    {{192, 31, 196}, 24, NEVER, 0, "AS112 (RFC 7535)"},
    {{192, 52, 193}, 24, NEVER, 0, "AMT (RFC 7450)"},
    {{192, 88, 99}, 24, NEVER, 0, "6to4 relay (RFC 7526)"},
    {{192, 168}, 16, PRIVATE, 0, "private (RFC 1918)"},
    {{192, 175, 48}, 24, NEVER, 0, "AS112 (RFC 7534)"},
    {{198, 18}, 15, PRIVATE, 0, "benchmarking (RFC 2544)"},
    {{198, 51, 100}, 24, PRIVATE, 0, "documentation (RFC 5737)"},
    {{203, 0, 113}, 24, PRIVATE, 0, "documentation (RFC 5737)"},
    {{224}, 4, NEVER, 0, "multicast (RFC 5771)"},
    {{255, 255, 255, 255}, 32, NEVER, 0, "broadcast (RFC 919)"},
    {{240}, 4, NEVER, 0, "reserved (RFC 1112)"},
    {{0}, 0, PUBLIC, 0, NULL},
};

static const struct range ipv6[] = {
    {{0}, 128, NEVER, 0, "unspecified (RFC 4291)"},
    {{[15] = 1}, 128, PRIVATE, 0, "loopback (RFC 4291)"},
    {{[10] = 0xFF, 0xFF}, 96, INNER, 12, "IPv4-mapped (RFC 4291)"},
    {{[8] = 0xFF, 0xFF}, 96, INNER, 12, "IPv4-translated (RFC 2765)"},
    {{0}, 96, INNER, 12, "IPv4-compatible (RFC 4291)"},
    {{0, 0x64, 0xFF, 0x9B}, 96, INNER, 12, "NAT64 (RFC 6052)"},
    {{0, 0x64, 0xFF, 0x9B, 0, 1}, 48, NEVER, 0, "local NAT64 (RFC 8215)"},
    {{1}, 64, NEVER, 0, "discard only (RFC 6666)"},
    {{0x20, 0x01}, 32, FLIPPED, 12, "Teredo (RFC 4380)"},
    {{0x20, 0x01, 0, 2}, 48, PRIVATE, 0, "benchmarking (RFC 5180)"},
    {{0x20, 0x01, 0, 0x10}, 28, NEVER, 0, "ORCHID (RFC 4843)"},
    {{0x20, 0x01, 0, 0x20}, 28, NEVER, 0, "ORCHIDv2 (RFC 7343)"},
    {{0x20, 0x01}, 23, NEVER, 0, "protocol assignments (RFC 2928)"},
    {{0x20, 0x01, 0x0D, 0xB8}, 32, PRIVATE, 0, "documentation (RFC 3849)"},
    {{0x20, 0x02}, 16, INNER, 2, "6to4 (RFC 3056)"},
    {{0x26, 0x20, 0, 0x4F, 0x80}, 48, NEVER, 0, "AS112 (RFC 7534)"},
    {{0x3F, 0xFF}, 20, PRIVATE, 0, "documentation (RFC 9637)"},
    {{0x3F, 0xFE}, 16, NEVER, 0, "6bone, returned (RFC 3701)"},
    {{0x20}, 3, PUBLIC, 0, NULL},
    {{0xFD, 0, 0x0E, 0xC2, [14] = 0x02, 0x54},
     128,
     NEVER,
     0,
     "cloud metadata (RFC 4193)"},
    {{0xFC}, 7, PRIVATE, 0, "unique local (RFC 4193)"},
    {{0xFE, 0x80}, 10, PRIVATE, 0, "link-local (RFC 4291)"},
    {{0xFE, 0xC0}, 10, NEVER, 0, "site-local (RFC 3879)"},
    {{0xFF}, 8, NEVER, 0, "multicast (RFC 4291)"},
    {{0}, 0, NEVER, 0, "not global unicast (RFC 4291)"},
};

static bool within(const uint8_t *bytes, const struct range *range)
{
    unsigned whole = range->bits / 8, rest = range->bits % 8;
    if (memcmp(bytes, range->bytes, whole) != 0)
        return false;
    return rest == 0 || (bytes[whole] ^ range->bytes[whole]) >> (8 - rest) == 0;
}

/* The last range of each table has no bits: something always matches. */
static const struct range *find(const struct range *range, const uint8_t *bytes)
{
    while (!within(bytes, range))
        range++;
    return range;
}

const char *em_guard_refuses(const struct em_address *address, bool allow_private)
{
    if (address->family != 4 && address->family != 6)
        return "not an internet address";
    const struct range *range = find(address->family == 4 ? ipv4 : ipv6, address->bytes);
    if (range->rule == INNER || range->rule == FLIPPED) {
        uint8_t inner[4];
        for (unsigned i = 0; i < 4; i++)
            inner[i] = (uint8_t)(address->bytes[range->at + i] ^
                                 (range->rule == FLIPPED ? 0xFF : 0));
        range = find(ipv4, inner);
    }
    if (range->rule == PUBLIC || (range->rule == PRIVATE && allow_private))
        return NULL;
    return range->why;
}

/* --- ports ------------------------------------------------------------------------------ */

static const struct {
    uint16_t port;
    const char *why;
} refused_ports[] = {
    /* clang-format off */
    {0, "port 0 is none"}, {1, "port 1 is for tcpmux"}, {7, "port 7 is for echo"},
    {9, "port 9 is for discard"}, {11, "port 11 is for systat"},
    {13, "port 13 is for daytime"}, {15, "port 15 is for netstat"},
    {17, "port 17 is for qotd"}, {19, "port 19 is for chargen"},
    {20, "port 20 is for ftp-data"}, {21, "port 21 is for ftp"},
    {22, "port 22 is for ssh"}, {23, "port 23 is for telnet"},
    {25, "port 25 is for smtp"}, {37, "port 37 is for time"}, {42, "port 42 is for name"},
    {43, "port 43 is for nicname"}, {53, "port 53 is for domain"},
    {69, "port 69 is for tftp"}, {77, "port 77 is for rje"},
    {79, "port 79 is for finger"}, {87, "port 87 is for link"},
    {95, "port 95 is for supdup"}, {101, "port 101 is for hostname"},
    {102, "port 102 is for iso-tsap"}, {103, "port 103 is for gppitnp"},
    {104, "port 104 is for acr-nema"}, {109, "port 109 is for pop2"},
    {110, "port 110 is for pop3"}, {111, "port 111 is for sunrpc"},
    {113, "port 113 is for auth"}, {115, "port 115 is for sftp"},
    {117, "port 117 is for uucp-path"}, {119, "port 119 is for nntp"},
    {123, "port 123 is for ntp"}, {135, "port 135 is for epmap"},
    {137, "port 137 is for netbios-ns"}, {139, "port 139 is for netbios-ssn"},
    {143, "port 143 is for imap"}, {161, "port 161 is for snmp"},
    {179, "port 179 is for bgp"}, {389, "port 389 is for ldap"},
    {427, "port 427 is for svrloc"}, {465, "port 465 is for submissions"},
    {512, "port 512 is for exec"}, {513, "port 513 is for login"},
    {514, "port 514 is for shell"}, {515, "port 515 is for printer"},
    {526, "port 526 is for tempo"}, {530, "port 530 is for courier"},
    {531, "port 531 is for chat"}, {532, "port 532 is for netnews"},
    {540, "port 540 is for uucp"}, {548, "port 548 is for afp"},
    {554, "port 554 is for rtsp"}, {556, "port 556 is for remotefs"},
    {563, "port 563 is for nntps"}, {587, "port 587 is for submission"},
    {601, "port 601 is for syslog-conn"}, {636, "port 636 is for ldaps"},
    {989, "port 989 is for ftps-data"}, {990, "port 990 is for ftps"},
    {993, "port 993 is for imaps"}, {995, "port 995 is for pop3s"},
    {1719, "port 1719 is for h323gatestat"}, {1720, "port 1720 is for h323hostcall"},
    {1723, "port 1723 is for pptp"}, {2049, "port 2049 is for nfs"},
    {3659, "port 3659 is for apple-sasl"}, {4045, "port 4045 is for npp"},
    {4190, "port 4190 is for sieve"}, {5060, "port 5060 is for sip"},
    {5061, "port 5061 is for sips"}, {6000, "port 6000 is for x11"},
    {6566, "port 6566 is for sane-port"}, {6665, "port 6665 is for ircu"},
    {6666, "port 6666 is for ircu"}, {6667, "port 6667 is for ircu"},
    {6668, "port 6668 is for ircu"}, {6669, "port 6669 is for ircu"},
    {6679, "port 6679 is for osaut"}, {6697, "port 6697 is for ircs-u"},
    {10080, "port 10080 is for amanda"},
    /* clang-format on */
};

const char *em_guard_refuses_port(uint16_t port)
{
    size_t low = 0, high = sizeof(refused_ports) / sizeof(refused_ports[0]);
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (refused_ports[middle].port == port)
            return refused_ports[middle].why;
        if (refused_ports[middle].port < port)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* --- text ------------------------------------------------------------------------------- */

static bool parse_port(struct em_view text, uint16_t *port)
{
    unsigned long long value;
    if (text.len > 5 || !em_view_u64(text, &value) || value == 0 || value > 65535)
        return false;
    *port = (uint16_t)value;
    return true;
}

static bool parse_ip(struct em_view text, int family, struct em_address *address)
{
    char copy[EM_ADDRESS_TEXT];
    if (text.len >= sizeof(copy) || text.len == 0 || memchr(text.data, 0, text.len))
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    if (inet_pton(family, copy, address->bytes) != 1)
        return false;
    address->family = family == AF_INET ? 4 : 6;
    return true;
}

static bool guard_parse(struct em_view text, struct em_address *address)
{
    if (text.len && text.data[0] == '[') {
        size_t close = em_view_find(text, 0, EM_VIEW("]"));
        struct em_view rest = em_view_sub(text, close + 1, text.len);
        if (close == text.len ||
            !parse_ip(em_view_sub(text, 1, close - 1), AF_INET6, address))
            return false;
        return rest.len == 0 ||
               (rest.data[0] == ':' &&
                parse_port(em_view_sub(rest, 1, rest.len), &address->port));
    }
    size_t colon = em_view_find(text, 0, EM_VIEW(":"));
    if (em_view_find(text, colon + 1, EM_VIEW(":")) < text.len)
        return parse_ip(text, AF_INET6, address);
    if (!parse_ip(em_view_sub(text, 0, colon), AF_INET, address))
        return false;
    return colon == text.len ||
           parse_port(em_view_sub(text, colon + 1, text.len), &address->port);
}

bool em_address_parse(struct em_view text, struct em_address *address)
{
    memset(address, 0, sizeof(*address));
    if (guard_parse(text, address))
        return true;
    memset(address, 0, sizeof(*address));
    return false;
}

void em_address_format_ip(const struct em_address *address, char out[EM_ADDRESS_TEXT])
{
    int family = address->family == 4 ? AF_INET : AF_INET6;
    if ((address->family != 4 && address->family != 6) ||
        !inet_ntop(family, address->bytes, out, EM_ADDRESS_TEXT))
        out[0] = '\0';
}

void em_address_format(const struct em_address *address, char out[EM_ADDRESS_TEXT])
{
    char ip[EM_ADDRESS_TEXT];
    em_address_format_ip(address, ip);
    if (address->port == 0 || !ip[0])
        snprintf(out, EM_ADDRESS_TEXT, "%s", ip);
    else if (address->family == 6)
        snprintf(out, EM_ADDRESS_TEXT, "[%.46s]:%u", ip, address->port);
    else
        snprintf(out, EM_ADDRESS_TEXT, "%.15s:%u", ip, address->port);
}

void em_address_from_sockaddr(const void *sockaddr, size_t len,
                              struct em_address *address)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    sa_family_t family = AF_UNSPEC;
    memset(address, 0, sizeof(*address));
    if (sockaddr && len >= sizeof(in))
        memcpy(&family, (const char *)sockaddr + offsetof(struct sockaddr, sa_family),
               sizeof(family));
    if (family == AF_INET) {
        memcpy(&in, sockaddr, sizeof(in));
        address->family = 4;
        memcpy(address->bytes, &in.sin_addr, 4);
        address->port = ntohs(in.sin_port);
    } else if (family == AF_INET6 && len >= sizeof(in6)) {
        memcpy(&in6, sockaddr, sizeof(in6));
        address->family = 6;
        memcpy(address->bytes, &in6.sin6_addr, 16);
        address->port = ntohs(in6.sin6_port);
    }
}

void em_address_net(const struct em_address *address, unsigned bits, uint8_t net[16])
{
    static const uint8_t mapped[12] = {[10] = 0xFF, 0xFF};
    static const uint8_t nat64[12] = {0, 0x64, 0xFF, 0x9B};
    const uint8_t *from = address->bytes;
    bool four = address->family == 4 || memcmp(from, mapped, sizeof(mapped)) == 0 ||
                memcmp(from, nat64, sizeof(nat64)) == 0;
    memset(net, 0, 16);
    if (address->family != 4 && address->family != 6)
        return;
    if (four) {
        memcpy(net, mapped, sizeof(mapped));
        memcpy(net + 12, address->family == 4 ? from : from + 12, 4);
        return;
    }
    for (unsigned i = 0; i < 16 && bits; i++, bits -= bits < 8 ? bits : 8)
        net[i] = (uint8_t)(from[i] & (bits < 8 ? 0xFF00 >> bits : 0xFF));
}

bool em_address_same_ip(const struct em_address *a, const struct em_address *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
