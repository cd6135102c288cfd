/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the offsets of blocks lead to the bytes they came from:
 *
 *     eval_offsets [-v] FILE...
 *     eval_offsets [-v] -l < LIST     names, a NUL after each
 *
 * The bytes of each block are cut from the page, in its own encoding, and read as a page
 * again: they must give the block's text. White space of preformatted blocks is compared
 * collapsed. -v prints the blocks that fail.
 */
#include "base/buf.h"
#include "base/limits.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"

#include <stdio.h>
#include <stdlib.h>

static size_t pages, blocks, good, legacy, legacy_good;
static bool verbose;

struct work {
    struct em_extractor *whole, *part;
    struct em_page_decoder *decoder;
    struct em_buf a, b;
};

/* White space as one space, none at the ends. */
static void squeeze(struct em_buf *out, struct em_view v)
{
    bool blank = true;
    em_buf_clear(out);
    for (size_t i = 0; i < v.len; i++) {
        bool now = (unsigned char)v.data[i] <= ' ';
        if ((!now && blank && out->len && em_buf_putc(out, ' ') < 0) ||
            (!now && em_buf_putc(out, v.data[i]) < 0))
            exit(2);
        blank = now;
    }
}

static bool same(struct work *w, const struct em_page *page, struct em_view charset,
                 const struct em_block *b, struct em_view text)
{
    struct em_view cut =
        em_view_sub(page->body, b->page_start, b->page_end - b->page_start);
    const struct em_page piece = {.kind = page->kind, .charset = charset, .body = cut};
    struct em_doc doc;
    if (em_extract(w->part, &piece, &doc) != EM_DROP_NONE)
        return false;
    squeeze(&w->a, text);
    squeeze(&w->b, doc.text);
    return em_view_eq(em_buf_view(&w->a), em_buf_view(&w->b));
}

static void check(struct work *w, const struct em_page *page, const char *path)
{
    struct em_doc doc;
    if (em_extract(w->whole, page, &doc) != EM_DROP_NONE)
        return;
    pages++;
    bool other = !em_view_eq(doc.charset, EM_VIEW("UTF-8"));
    for (size_t i = 0; i < doc.n_blocks; i++) {
        const struct em_block *b = &doc.blocks[i];
        struct em_view text = em_view_sub(doc.text, b->start, b->end - b->start);
        bool ok = same(w, page, doc.charset, b, text);
        blocks++;
        good += ok;
        legacy += other;
        legacy_good += other && ok;
        if (!ok && verbose)
            printf("%s at %llu (%.*s) [%u, %u)\n  block %.*s\n  cut   %.*s\n", path,
                   (unsigned long long)page->origin.offset, EM_VIEW_ARGS(doc.charset),
                   b->page_start, b->page_end, (int)(w->a.len < 200 ? w->a.len : 200),
                   w->a.data ? w->a.data : "", (int)(w->b.len < 200 ? w->b.len : 200),
                   w->b.data ? w->b.data : "");
    }
}

static void check_file(struct work *w, const char *path)
{
    struct em_err err;
    struct em_source_options options = {.verify = false};
    struct em_source *source;
    struct em_record record;
    if (em_source_open(&source, path, &options, &err) < 0) {
        fprintf(stderr, "eval_offsets: %s\n", err.text);
        return;
    }
    while (em_source_next(source, &record, &err) == EM_OK) {
        struct em_page page = {.kind = EM_PAGE_HTML};
        if (em_page_decode(w->decoder, &record, &page) == EM_DROP_NONE)
            check(w, &page, path);
    }
    em_source_free(source);
}

int main(int argc, char **argv)
{
    const struct em_extract_options options = {.all = true, .no_language = true};
    struct work w = {0};
    struct em_err err;
    bool list = false;
    em_buf_init(&w.a, EM_MAX_TEXT);
    em_buf_init(&w.b, EM_MAX_TEXT);
    if (em_extractor_new(&w.whole, &options, &err) < 0 ||
        em_extractor_new(&w.part, &options, &err) < 0 ||
        em_page_decoder_new(&w.decoder, NULL, &err) < 0)
        return 2;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0)
            verbose = true;
        else if (strcmp(argv[i], "-l") == 0)
            list = true;
        else
            check_file(&w, argv[i]);
    }
    char *path = NULL;
    size_t cap = 0;
    while (list && getdelim(&path, &cap, '\0', stdin) > 0)
        check_file(&w, path);
    free(path);
    printf("pages %zu\nblocks %zu\nlead back %zu\nnot UTF-8 %zu\nlead back %zu\n", pages,
           blocks, good, legacy, legacy_good);
    em_extractor_free(w.whole);
    em_extractor_free(w.part);
    em_page_decoder_free(w.decoder);
    em_buf_release(&w.a);
    em_buf_release(&w.b);
    return 0;
}
