/* SPDX-License-Identifier: Apache-2.0
 *
 * Prometheus text: a file renamed into place, or an answer to every request on a loopback
 * port, from a thread that only sees the last text.
 */
#include "base/clock.h"
#include "base/limits.h"
#include "base/wire/optout.h"
#include "report/crawl_text.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FILE_SECONDS   5.0
#define CLIENT_WAIT_MS 1000

/* --- text ------------------------------------------------------------------------------------ */

static enum em_status head(struct em_buf *out, const char *name, const char *type,
                           const char *help)
{
    return em_buf_printf(out,
                         "# HELP echometer_crawl_%s %s\n# TYPE echometer_crawl_%s %s\n",
                         name, help, name, type);
}

static enum em_status one(struct em_buf *out, const char *name, const char *type,
                          const char *help, double value)
{
    EM_TRY(head(out, name, type, help));
    return em_buf_printf(out, "echometer_crawl_%s %.17g\n", name, value);
}

static enum em_status labelled(struct em_buf *out, const char *name, const char *label,
                               const char *value, uint64_t n)
{
    return em_buf_printf(out, "echometer_crawl_%s{%s=\"%s\"} %" PRIu64 "\n", name, label,
                         value, n);
}

static enum em_status maps(struct em_buf *out, const struct em_crawl_stats *s)
{
    EM_TRY(head(out, "results_total", "counter", "Requests that ended, by result."));
    for (int i = 0; i < EM_FETCH_ERROR_COUNT; i++)
        EM_TRY(labelled(out, "results_total", "result",
                        em_fetch_error_name((enum em_fetch_error)i), s->errors[i]));
    EM_TRY(head(out, "cuts_total", "counter", "URLs not fetched, by reason."));
    for (int i = 1; i < EM_CUT_COUNT; i++)
        EM_TRY(labelled(out, "cuts_total", "reason", em_cut_name((enum em_cut)i),
                        s->frontier.cuts[i]));
    EM_TRY(head(out, "optouts_total", "counter", "Pages an opt-out was said of."));
    for (unsigned bit = 0; bit < 32; bit++)
        if (em_optout_name(1u << bit))
            EM_TRY(labelled(out, "optouts_total", "said", em_optout_name(1u << bit),
                            s->optouts[bit]));
    return EM_OK;
}

enum em_status em_crawl_prometheus(struct em_buf *out, const struct em_crawl_stats *s)
{
    const struct em_frontier_counts *f = &s->frontier;
    const struct {
        const char *name, *type, *help;
        double value;
    } rows[] = {
        {"pages_total", "counter", "Pages kept.", (double)s->pages},
        {"requests_total", "counter", "Requests begun.", (double)s->requests},
        {"bytes_total", "counter", "Bytes of headers and bodies.", (double)s->bytes},
        {"redirects_total", "counter", "Redirects.", (double)s->redirects},
        {"withheld_total", "counter", "Bodies not kept for an opt-out.",
         (double)s->withheld},
        {"urls_seen", "gauge", "Distinct URLs.", (double)f->seen},
        {"urls_queued", "gauge", "URLs to fetch.", (double)f->queued},
        {"urls_pending", "gauge", "URLs that wait for the sieve.", (double)f->pending},
        {"hosts", "gauge", "Hosts seen.", (double)f->hosts},
        {"hosts_active", "gauge", "Hosts being asked.", (double)s->hosts_active},
        {"hosts_waiting", "gauge", "Hosts in memory that wait for their time.",
         (double)s->hosts_waiting},
        {"hosts_in_line", "gauge", "Hosts that wait for a turn.",
         (double)f->hosts_waiting},
        {"hosts_asleep", "gauge", "Suspended hosts.", (double)f->hosts_asleep},
        {"hosts_dead", "gauge", "Hosts given up.", (double)f->hosts_dead},
        {"requests_active", "gauge", "Requests under way.", (double)s->active},
        {"pages_waiting", "gauge", "Pages fetched and not yet settled.",
         (double)s->pages_waiting},
        {"oldest_wait_seconds", "gauge", "How late the host is that is due longest.",
         (double)s->oldest_wait_ms / 1000},
        {"paused", "gauge", "1 while the crawl waits for the scan.", s->paused ? 1 : 0},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        EM_TRY(one(out, rows[i].name, rows[i].type, rows[i].help, rows[i].value));
    return maps(out, s);
}

/* --- a port ---------------------------------------------------------------------------------- */

/* One request, one answer; whoever is slow goes without. */
static void crawl_metrics_answer(struct em_crawl_metrics *m, int client)
{
    char request[1024];
    struct pollfd wait = {.fd = client, .events = POLLIN};
    struct em_buf reply;
    em_buf_init(&reply, EM_MIB);
    if (poll(&wait, 1, CLIENT_WAIT_MS) == 1 &&
        recv(client, request, sizeof(request), 0) > 0) {
        pthread_mutex_lock(&m->lock);
        enum em_status status =
            em_buf_printf(&reply,
                          "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\n"
                          "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                          m->text.len);
        if (status == EM_OK)
            status = em_buf_append_view(&reply, em_buf_view(&m->text));
        pthread_mutex_unlock(&m->lock);
        if (status == EM_OK)
            (void)!send(client, reply.data, reply.len, MSG_NOSIGNAL);
    }
    em_buf_release(&reply);
    close(client);
}

static void *metrics_main(void *argument)
{
    struct em_crawl_metrics *m = argument;
    struct pollfd wait[2] = {{.fd = m->listener, .events = POLLIN},
                             {.fd = m->wake[0], .events = POLLIN}};
    while (poll(wait, 2, -1) >= 0 || errno == EINTR) {
        if (wait[1].revents)
            break;
        int client = wait[0].revents ? accept(m->listener, NULL, NULL) : -1;
        if (client >= 0)
            crawl_metrics_answer(m, client);
    }
    return NULL;
}

static enum em_status listen_at(struct em_crawl_metrics *m, const char *where,
                                const char *colon, struct em_err *err)
{
    char address[32];
    unsigned long long port = 0;
    struct sockaddr_in at = {.sin_family = AF_INET};
    snprintf(address, sizeof(address), "%.*s", (int)(colon - where), where);
    if (inet_pton(AF_INET, address, &at.sin_addr) != 1 ||
        (ntohl(at.sin_addr.s_addr) >> 24) != 127 ||
        !em_view_u64(em_view_of(colon + 1), &port) || port > 65535)
        return em_fail(err, EM_ERR_USAGE, "metrics",
                       "'%s' is neither a file nor 127.x.y.z:PORT", where);
    at.sin_port = htons((uint16_t)port);
    int on = 1;
    m->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (m->listener < 0 ||
        setsockopt(m->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(m->listener, (struct sockaddr *)&at, sizeof(at)) != 0 ||
        listen(m->listener, 16) != 0 || pipe(m->wake) != 0)
        return em_fail(err, EM_ERR_IO, "metrics", "cannot listen at '%s': %s", where,
                       strerror(errno));
    socklen_t len = sizeof(at);
    if (port == 0 && getsockname(m->listener, (struct sockaddr *)&at, &len) == 0)
        m->port = ntohs(at.sin_port);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    int code = pthread_create(&m->thread, NULL, metrics_main, m);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code == 0 ? EM_OK
                     : em_fail(err, EM_ERR_NOMEM, "metrics", "cannot start a thread");
}

enum em_status em_crawl_metrics_open(struct em_crawl_metrics *m, const char *where,
                                     struct em_err *err)
{
    *m = (struct em_crawl_metrics){.listener = -1, .wake = {-1, -1}};
    pthread_mutex_init(&m->lock, NULL);
    em_buf_init(&m->text, EM_MIB);
    if (!where)
        return EM_OK;
    const char *colon = strrchr(where, ':');
    if (colon && !strchr(where, '/')) {
        enum em_status status = listen_at(m, where, colon, err);
        if (status < 0 && m->listener >= 0) {
            close(m->listener);
            m->listener = -1;
        }
        return status;
    }
    m->file = where;
    return EM_OK;
}

static void write_file(struct em_crawl_metrics *m)
{
    char name[4096];
    int n = snprintf(name, sizeof(name), "%s.tmp", m->file);
    FILE *out = n > 0 && (size_t)n < sizeof(name) ? fopen(name, "w") : NULL;
    if (!out)
        return;
    bool good = fwrite(m->text.data, 1, m->text.len, out) == m->text.len;
    if (fclose(out) != 0 || !good || rename(name, m->file) != 0)
        unlink(name);
}

void em_crawl_metrics_set(struct em_crawl_metrics *m, const struct em_crawl_stats *stats,
                          bool last)
{
    double now = em_clock_now();
    bool due = m->file && (last || now - m->written >= FILE_SECONDS);
    if (!due && m->listener < 0)
        return;
    pthread_mutex_lock(&m->lock);
    em_buf_clear(&m->text);
    if (em_crawl_prometheus(&m->text, stats) < 0)
        em_buf_clear(&m->text);
    else if (due)
        write_file(m);
    pthread_mutex_unlock(&m->lock);
    if (due)
        m->written = now;
}

void em_crawl_metrics_close(struct em_crawl_metrics *m)
{
    if (m->listener >= 0) {
        (void)!write(m->wake[1], "", 1);
        pthread_join(m->thread, NULL);
        close(m->listener);
        close(m->wake[0]);
        close(m->wake[1]);
    }
    em_buf_release(&m->text);
    pthread_mutex_destroy(&m->lock);
}
