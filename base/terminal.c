/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* fopencookie */
#include "base/terminal.h"

#include "base/utf8.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

/* Standard output, standard error, and outputs that were named (/dev/tty). */
enum { MAX_TERMINALS = 8, MAX_HELD = 3, PIECE = 4096, LONGEST = 8, MAX_STATUS = 1000 };
#define WIPE "\r\033[K"

static struct terminal {
    FILE *shown, *under; /* under: closed with it; NULL of stdout and stderr */
    int fd;
    bool own;            /* what comes now is the program's own */
    char held[MAX_HELD]; /* a character whose rest has not come yet */
    size_t n_held;
} terminals[MAX_TERMINALS];

/* The line of em_terminal_status(). */
static struct {
    pthread_mutex_t lock;
    bool shown, within; /* within: what was printed last does not end its line */
} status_line = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* Bytes that the character begun by `lead` has; 1 of what begins none. */
static size_t character_length(unsigned char lead)
{
    return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
}

/* One character or wrong byte at p, escaped into out[LONGEST]; `*used` of its bytes are
 * done, 0 where the rest of a character is still to come (not at the `last` of a text). */
static size_t character_escape(char *out, const char *p, const char *end, bool last,
                               size_t *used)
{
    uint32_t cp;
    size_t n = em_utf8_decode(p, end, &cp);
    unsigned char c = (unsigned char)*p;
    bool wrong = cp == EM_REPLACEMENT && !(n == 3 && memcmp(p, "\xEF\xBF\xBD", 3) == 0);
    *used = wrong ? 1 : n;
    if (wrong && !last && p + n == end && n < character_length(c)) {
        *used = 0;
        return 0;
    }
    if (wrong)
        return (size_t)snprintf(out, LONGEST, "\\x%02x", (unsigned)c);
    if ((cp < 0x20 && cp != '\n' && cp != '\t') || (cp >= 0x7F && cp < 0xA0))
        return (size_t)snprintf(out, LONGEST, "\\u%04x", (unsigned)cp);
    memcpy(out, p, n);
    return n;
}

enum em_status em_terminal_escape(struct em_buf *out, struct em_view text)
{
    char shown[LONGEST];
    const char *end = text.data + text.len;
    size_t used;
    for (const char *p = text.data; p < end; p += used) {
        size_t n = character_escape(shown, p, end, true, &used);
        EM_TRY(em_buf_append(out, shown, n));
    }
    return EM_OK;
}

static bool fd_put(int fd, const char *p, size_t n)
{
    while (n) {
        ssize_t done = write(fd, p, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        n -= (size_t)done;
    }
    return true;
}

/* Under its lock. */
static void status_wipe(void)
{
    if (status_line.shown)
        fd_put(STDERR_FILENO, WIPE, sizeof(WIPE) - 1);
    status_line.shown = false;
}

static bool terminal_put(const struct terminal *t, const char *p, size_t n)
{
    pthread_mutex_lock(&status_line.lock);
    if (n) {
        status_wipe();
        status_line.within = p[n - 1] != '\n';
    }
    bool ok = fd_put(t->fd, p, n);
    pthread_mutex_unlock(&status_line.lock);
    return ok;
}

/* `text` escaped; what is left of a character at its end is held. */
static bool terminal_show(struct terminal *t, const char *p, const char *end, bool last)
{
    char piece[PIECE];
    size_t n = 0, used;
    t->n_held = 0;
    for (; p < end; p += used) {
        if (n + LONGEST > PIECE) {
            if (!terminal_put(t, piece, n))
                return false;
            n = 0;
        }
        n += character_escape(piece + n, p, end, last, &used);
        if (used == 0) {
            t->n_held = (size_t)(end - p);
            memcpy(t->held, p, t->n_held);
            break;
        }
    }
    return terminal_put(t, piece, n);
}

/* The character begun by what is held takes as much of the text as it needs. */
static ssize_t terminal_write(void *context, const char *text, size_t len)
{
    struct terminal *t = context;
    char whole[MAX_HELD + 1];
    size_t taken = 0, held = t->n_held;
    if (t->own)
        return terminal_put(t, text, len) ? (ssize_t)len : 0;
    if (held) {
        memcpy(whole, t->held, held);
        size_t want = character_length((unsigned char)whole[0]);
        while (held + taken < want && taken < len &&
               ((unsigned char)text[taken] & 0xC0) == 0x80) {
            whole[held + taken] = text[taken];
            taken++;
        }
        if (!terminal_show(t, whole, whole + held + taken, taken < len))
            return 0;
        if (t->n_held)
            return (ssize_t)len;
    }
    return terminal_show(t, text + taken, text + len, false) ? (ssize_t)len : 0;
}

static int terminal_close(void *context)
{
    struct terminal *t = context;
    bool ok = terminal_show(t, t->held, t->held + t->n_held, true);
    if (t->under)
        ok = fclose(t->under) == 0 && ok;
    *t = (struct terminal){.shown = NULL};
    return ok ? 0 : EOF;
}

static FILE *terminal_open(FILE *file, bool keep)
{
    int fd = fileno(file);
    struct terminal *t = terminals;
    while (t < terminals + MAX_TERMINALS && t->shown)
        t++;
    if (t == terminals + MAX_TERMINALS || fd < 0 || isatty(fd) != 1)
        return file;
    FILE *shown = fopencookie(
        t, "w",
        (cookie_io_functions_t){.write = terminal_write, .close = terminal_close});
    if (!shown)
        return file;
    *t = (struct terminal){.shown = shown, .under = keep ? NULL : file, .fd = fd};
    setvbuf(shown, NULL, _IOLBF, 0);
    return shown;
}

FILE *em_terminal_over(FILE *file)
{
    return terminal_open(file, false);
}

/* What a text that ends within a character left. */
static void show_held(void)
{
    for (struct terminal *t = terminals; t < terminals + MAX_TERMINALS; t++)
        if (t->shown && !t->under) {
            fflush(t->shown);
            terminal_show(t, t->held, t->held + t->n_held, true);
        }
}

void em_terminal_guard(void)
{
    stdout = terminal_open(stdout, true);
    FILE *errors = terminal_open(stderr, true);
    if (errors != stderr)
        setvbuf(errors, NULL, _IONBF, 0); /* as it was: a message is out at once */
    stderr = errors;
    atexit(show_held);
}

void em_terminal_own(FILE *file, const char *text)
{
    struct terminal *t = terminals;
    while (t < terminals + MAX_TERMINALS && t->shown != file)
        t++;
    bool guarded = t < terminals + MAX_TERMINALS;
    flockfile(file);
    fflush(file);
    if (guarded)
        t->own = true;
    fputs(text, file);
    fflush(file);
    if (guarded)
        t->own = false;
    funlockfile(file);
}

void em_terminal_status(const char *text)
{
    struct em_buf line;
    em_buf_init(&line, LONGEST * MAX_STATUS);
    bool shows =
        text && isatty(STDERR_FILENO) == 1 &&
        em_terminal_escape(&line, em_view_sub(em_view_of(text), 0, MAX_STATUS)) == EM_OK;
    flockfile(stderr); /* a message of several pieces stays whole */
    pthread_mutex_lock(&status_line.lock);
    status_wipe();
    if (shows && !status_line.within) {
        fd_put(STDERR_FILENO, line.data, line.len);
        status_line.shown = true;
    }
    pthread_mutex_unlock(&status_line.lock);
    funlockfile(stderr);
    em_buf_release(&line);
}
