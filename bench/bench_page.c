/* SPDX-License-Identifier: Apache-2.0
 *
 * Page to text by CPU time: files and folders in, MB/s of HTML out, the share of each
 * step, and libxml2's SAX parser over the same bytes in the same run.
 *
 *     bench_page [-n ROUNDS] [-e] FILE|FOLDER...
 *
 * -e: the whole way only, once (for callgrind --toggle-collect=em_extract).
 */
#define _DEFAULT_SOURCE
#include "base/clock.h"
#include "crawler/page/charset.h"
#include "crawler/page/classify.h"
#include "crawler/page/date_choose.h"
#include "crawler/page/describe.h"
#include "crawler/page/extract.h"
#include "crawler/page/lang.h"
#include "crawler/page/tokenizer.h"

#include <dirent.h>
#include <libxml/HTMLparser.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

struct input {
    char *data;
    size_t len;
};

struct load {
    struct input *inputs;
    size_t n, cap, bytes;
};

static void add_file(struct load *load, const char *path, size_t size)
{
    FILE *f = fopen(path, "rb");
    if (!f)
        return;
    /* Of the exact size, so that a read past the end shows under a checker. */
    char *data = malloc(size ? size : 1);
    if (data && fread(data, 1, size, f) == size) {
        if (load->n == load->cap) {
            load->cap = load->cap ? 2 * load->cap : 256;
            load->inputs = realloc(load->inputs, load->cap * sizeof(*load->inputs));
            if (!load->inputs)
                exit(2);
        }
        load->inputs[load->n++] = (struct input){data, size};
        load->bytes += size;
    } else {
        free(data);
    }
    fclose(f);
}

static void add_path(struct load *load, const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0) {
        perror(path);
        return;
    }
    if (!S_ISDIR(st.st_mode)) {
        add_file(load, path, (size_t)st.st_size);
        return;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        if (names[i]->d_name[0] != '.') {
            char child[4096];
            snprintf(child, sizeof(child), "%s/%s", path, names[i]->d_name);
            add_path(load, child);
        }
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

struct times {
    double charset, tokens, outline, classify, describe, dates, language, whole, sax,
        libxml2;
    size_t text, documents, n_tokens;
};

/* What the steps work with, kept from page to page. */
struct tools {
    struct em_charset *charset;
    struct em_outline outline;
    struct em_block_features features;
    struct em_tokenizer tokenizer;
    struct em_description about;
    struct em_extractor *extractor, *other; /* ours, libxml2's parser */
};

static void time_steps(const struct input *in, struct tools *w, struct times *t)
{
    struct em_decoded decoded;
    struct em_outline *outline = &w->outline;
    double t0 = em_clock_thread_cpu();
    struct em_view body = {in->data, in->len};
    if (em_charset_decode(w->charset, body, EM_VIEW_NONE, true, &decoded) < 0)
        exit(2);
    double t1 = em_clock_thread_cpu();
    em_tokenizer_init(&w->tokenizer, decoded.text);
    while (em_tokenizer_next(&w->tokenizer)->kind != EM_TOKEN_END_OF_INPUT)
        t->n_tokens++;
    double t2 = em_clock_thread_cpu();
    em_outline_clear(outline);
    if (em_outline_read(outline, decoded.text, false) < 0)
        exit(2);
    double t3 = em_clock_thread_cpu();
    t->charset += t1 - t0;
    t->tokens += t2 - t1;
    t->outline += t3 - t2;
    if (!outline->n_blocks)
        return;
    em_outline_sum(outline);
    if (em_classify(&w->features, outline) < 0)
        exit(2);
    double t4 = em_clock_thread_cpu();
    if (em_describe(&w->about, outline, EM_VIEW_NONE) < 0)
        exit(2);
    double t5 = em_clock_thread_cpu();
    struct em_day day;
    const struct em_date_clues clues = {.page = decoded.text,
                                        .lang = em_buf_view(&outline->lang)};
    em_date_choose(outline, &clues, &day);
    t->classify += t4 - t3;
    t->describe += t5 - t4;
    t->dates += em_clock_thread_cpu() - t5;
}

static void time_whole(const struct input *in, struct em_extractor *extractor,
                       struct times *t)
{
    struct em_page page = {.kind = EM_PAGE_HTML, .body = {in->data, in->len}};
    struct em_doc doc;
    double t0 = em_clock_thread_cpu();
    enum em_drop drop = em_extract(extractor, &page, &doc);
    double t1 = em_clock_thread_cpu();
    t->whole += t1 - t0;
    if (drop != EM_DROP_NONE)
        return;
    struct em_view code;
    float confidence;
    em_lang_detect(doc.text, EM_VIEW_NONE, &code, &confidence);
    t->language += em_clock_thread_cpu() - t1;
    t->text += doc.text.len;
    t->documents++;
}

static size_t sax_text;

static void count_text(void *context, const xmlChar *text, int len)
{
    (void)context;
    (void)text;
    sax_text += (size_t)len;
}

static void time_sax(const struct input *in, struct times *t)
{
    static htmlSAXHandler handler;
    handler.characters = count_text;
    double t0 = em_clock_thread_cpu();
    htmlParserCtxtPtr ctxt =
        htmlCreatePushParserCtxt(&handler, NULL, NULL, 0, NULL, XML_CHAR_ENCODING_NONE);
    if (ctxt) {
        htmlCtxtUseOptions(ctxt, HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING);
        htmlParseChunk(ctxt, in->data, (int)in->len, 1);
        htmlFreeParserCtxt(ctxt);
    }
    t->sax += em_clock_thread_cpu() - t0;
}

static void time_libxml2(const struct input *in, struct em_extractor *other,
                         struct times *t)
{
    struct em_page page = {.kind = EM_PAGE_HTML, .body = {in->data, in->len}};
    struct em_doc doc;
    double t0 = em_clock_thread_cpu();
    (void)em_extract(other, &page, &doc);
    t->libxml2 += em_clock_thread_cpu() - t0;
}

static void line(const char *what, double seconds, double mb, double whole)
{
    printf("%-28s %8.3f s %9.1f MB/s %6.1f %%\n", what, seconds, mb / seconds,
           100 * seconds / whole);
}

static void report(const struct load *load, const struct times *t, int rounds)
{
    double mb = (double)load->bytes * rounds / 1e6;
    printf("pages %zu, mean %.1f kB, documents %zu, main text %.2f %%, tokens %zu\n",
           load->n, (double)load->bytes / 1e3 / (double)load->n,
           t->documents / (size_t)rounds, 100.0 * (double)t->text / 1e6 / mb,
           t->n_tokens / (size_t)rounds);
    double blocks = t->outline - t->tokens;
    double rest = t->whole - t->charset - t->outline - t->classify - t->describe -
                  t->dates - t->language;
    line("em_extract", t->whole, mb, t->whole);
    line("  charset", t->charset, mb, t->whole);
    line("  tokenizer", t->tokens, mb, t->whole);
    line("  blocks", blocks, mb, t->whole);
    line("  classify", t->classify, mb, t->whole);
    line("  title, author, links", t->describe, mb, t->whole);
    line("  dates", t->dates, mb, t->whole);
    line("  language", t->language, mb, t->whole);
    line("  the rest", rest > 0 ? rest : 0, mb, t->whole);
    line("em_extract through libxml2", t->libxml2, mb, t->whole);
    line("libxml2 SAX alone", t->sax, mb, t->whole);
    printf("em_extract is %.1f times libxml2's SAX parser\n", t->sax / t->whole);
}

static int open_tools(struct tools *w)
{
    const struct em_extract_options other = {.parser = EM_HTML_PARSER_LIBXML2};
    em_outline_init(&w->outline);
    em_description_init(&w->about);
    return em_extractor_new(&w->extractor, NULL, NULL) < 0 ||
                   em_extractor_new(&w->other, &other, NULL) < 0 ||
                   em_charset_new(&w->charset) < 0
               ? -1
               : 0;
}

static void close_tools(struct tools *w)
{
    em_extractor_free(w->extractor);
    em_extractor_free(w->other);
    em_charset_free(w->charset);
    em_outline_release(&w->outline);
    em_block_features_release(&w->features);
    em_description_release(&w->about);
}

int main(int argc, char **argv)
{
    struct load load = {0};
    int rounds = 3;
    bool whole_only = false;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-n") == 0 && i + 1 < argc)
            rounds = (int)strtol(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "-e") == 0)
            whole_only = true;
        else
            add_path(&load, argv[i]);
    }
    if (!load.n || rounds < 1) {
        fputs("usage: bench_page [-n ROUNDS] [-e] FILE|FOLDER...\n", stderr);
        return 129;
    }
    static struct tools w;
    struct times t = {0};
    if (open_tools(&w) < 0)
        return 2;
    for (int r = 0; r < rounds && !whole_only; r++) {
        for (size_t i = 0; i < load.n; i++) {
            time_steps(&load.inputs[i], &w, &t);
            time_whole(&load.inputs[i], w.extractor, &t);
            if (r > 0)
                continue;
            time_sax(&load.inputs[i], &t);
            time_libxml2(&load.inputs[i], w.other, &t);
        }
    }
    for (size_t i = 0; i < load.n && whole_only; i++)
        time_whole(&load.inputs[i], w.extractor, &t);
    t.sax *= rounds; /* measured once: the slow ones */
    t.libxml2 *= rounds;
    if (whole_only)
        printf("bytes %zu\n", load.bytes);
    else
        report(&load, &t, rounds);
    close_tools(&w);
    for (size_t i = 0; i < load.n; i++)
        free(load.inputs[i].data);
    free(load.inputs);
    xmlCleanupParser();
    return 0;
}
