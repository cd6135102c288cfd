/* SPDX-License-Identifier: Apache-2.0
 *
 * Hostile pages cost at most so many times what a plain page of the same size costs: CPU time
 * of the whole way from bytes to main text, language included. And nothing is read after
 * the end of a page: it lies at the end of a mapping, with a page that cannot be read after.
 */
#define _DEFAULT_SOURCE
#include "base/clock.h"
#include "base/limits.h"
#include "crawler/page/extract.h"
#include "crawler/page/hide.h"
#include "crawler/page/scan.h"
#include "crawler/page/tokenizer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

enum { SIZE = 1 << 20, TIMES = 8 };

/* Checkers make some instructions dearer than others: no times there. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { CHECKED = 1 };
#else
enum { CHECKED = 0 };
#endif

static const char *const plain_unit =
    "<div class=\"post-%zu entry\"><h2>A title of some words</h2><p>Each winter the pond "
    "behind the sluice lost a finger's depth, and each summer the miller <a "
    "href=\"/page/%zu\">dug a little</a> of it out again.</p><ul><li>One "
    "thing</li><li>And "
    "another &amp; more</li></ul></div>\n";

/* %zu is the number of the repetition. */
static const struct {
    const char *name, *head, *unit, *tail;
} hostile[] = {
    {"unclosed div", "", "<div>", ""},
    {"unclosed b", "", "<b>", ""},
    {"unclosed p in b", "", "<b><p>", ""},
    {"unclosed a", "", "<a href=x>x", ""},
    {"unclosed font", "", "<font color=x>x", ""},
    {"unclosed custom", "", "<x-%zu>x", ""},
    {"unclosed li", "<ul>", "<li>x", ""},
    {"unclosed lists", "", "<ul><li>x", ""},
    {"unclosed tables", "", "<table><tr><td>", ""},
    {"unclosed buttons", "", "<button>x", ""},
    {"unclosed svg", "", "<svg>", ""},
    {"svg in svg with html", "", "<svg><g><p>x", ""},
    {"deep svg", "<svg>", "<g>", ""},
    {"html at home in svg", "<svg><foreignObject>", "<g><p>x</p>", ""},
    {"unclosed template", "", "<template>x", ""},
    {"unclosed noscript", "", "<noscript><p>x", ""},
    {"unclosed object", "", "<object>x", ""},
    {"end tags of nothing", "", "</p></div></b>", ""},
    {"end tags of others", "<div><b><p>", "</i></table></x-y></svg>", ""},
    {"misnested", "", "<b><i></b></i>", ""},
    {"misnested far", "<a><b><i><u><s>", "<span></a><a>", ""},
    {"misnested blocks", "", "<b><div></b><i></div></i>", ""},
    {"adoption at depth", "<b><b><b><b><b><b><b><b>", "<a><p></a>", ""},
    {"alternating", "", "<p></div>", ""},
    {"headings", "", "<h1><h2>x", ""},
    {"options", "<select>", "<option>x", ""},
    {"definitions", "<dl>", "<dt>x<dd>", ""},
    {"colspan", "<table><tr>", "<td colspan=9007199254740991 rowspan=4294967295>x", ""},
    {"span of columns", "<table>", "<col span=9007199254740991>", ""},
    {"attributes in one tag", "<p ", "a%zu=b ", ">x"},
    {"the same attribute", "<p ", "a=b ", ">x"},
    {"empty attributes", "<p ", "a ", ">x"},
    {"slashes in a tag", "<p ", "/", ">x"},
    {"equals in a tag", "<p ", "=", ">x"},
    {"quotes in a tag", "<p ", "\"", ">x"},
    {"tags of many attributes", "",
     "<p a b c d e f g h i j k l m n o p q r s t u v w x y z>x", ""},
    {"class words", "<p class='", "nav post content ", "'>x"},
    {"many classes", "", "<p class='c%zu nav-post'>x", ""},
    {"style attributes", "", "<i style='display:block;left:-%zupx;top:0'>x</i>", ""},
    {"one style", "<p style='", "left:-998px;a:b;", "'>x"},
    {"semicolons in a style", "<p style='", ";", "'>x"},
    {"colons in a style", "<p style='", ":", "'>x"},
    {"digits in a style", "<p style='left:-", "9", "'>x"},
    {"hidden", "", "<i hidden>x</i>y", ""},
    {"metas", "", "<meta name=date content=2020-01-%zu>", ""},
    {"meta properties", "", "<meta property='og:title' content='x%zu'>", ""},
    {"times", "", "<time datetime=2020-01-01>x</time>", ""},
    {"titles", "", "<title>x</title>", ""},
    {"json-ld", "", "<script type='application/ld+json'>{\"a\":[1]}</script>", ""},
    {"json-ld brackets", "<script type='application/ld+json'>", "[", ""},
    {"json-ld objects", "<script type='application/ld+json'>", "{\"a\":", ""},
    {"json-ld strings", "<script type='application/ld+json'>", "\"datePublished\" ", ""},
    {"references", "", "&amp;", ""},
    {"references without end", "", "&amp", ""},
    {"unknown references", "", "&notareference%zu;", ""},
    {"long reference", "&", "a", ""},
    {"numbers", "", "&#x1F600;", ""},
    {"long number", "&#", "9", ""},
    {"long hex number", "&#x", "F", ""},
    {"ampersands", "", "&", ""},
    {"ampersands and hashes", "", "&#", ""},
    {"less-than signs", "", "<", ""},
    {"less-than and slash", "", "</", ""},
    {"less-than and bang", "", "<!", ""},
    {"less-than and question", "", "<?", ""},
    {"empty end tags", "", "</>", ""},
    {"unclosed comment", "<!--", "a ", ""},
    {"comment of dashes", "<!--", "-", ""},
    {"comment of bangs", "<!--", "--!", ""},
    {"comment of greater-than", "<!--", "->", ""},
    {"comments", "", "<!---->", ""},
    {"unclosed comments", "", "<!--", ""},
    {"unclosed script", "<script>", "a<b ", ""},
    {"script of comments", "<script>", "<!--", ""},
    {"script of scripts", "<script><!--", "<script>", ""},
    {"script of end tags", "<script>", "</scrip", ""},
    {"script in and out", "<script><!--", "<script></script", ""},
    {"unclosed textarea", "<textarea>", "</textare", ""},
    {"unclosed title", "<title>", "</titl", ""},
    {"unclosed attribute", "<p title=\"", "a ", ""},
    {"unclosed tag", "<p ", "a", ""},
    {"unclosed cdata", "<svg><![CDATA[", "]]", ""},
    {"cdata", "<svg>", "<![CDATA[x]]>", ""},
    {"breaks", "", "<br>", ""},
    {"breaks and text", "", "x<br>", ""},
    {"rules", "", "<hr>x", ""},
    {"blocks of one letter", "", "<p>x", ""},
    {"same blocks", "", "<p>Read more about it.</p>", ""},
    {"spaces", "", " ", ""},
    {"line ends", "<pre>x", "\r", ""},
    {"no-break spaces", "", "&nbsp;", ""},
    {"NULs", "x<p>", "\x01", ""},
    {"invalid bytes", "<meta charset=utf-8>", "\xFF", ""},
    {"lead bytes", "<meta charset=shift_jis>", "\x81", ""},
    {"escapes", "<meta charset=iso-2022-jp>", "\x1B", ""},
    {"escape sequences", "<meta charset=iso-2022-jp>", "\x1B$B", ""},
    {"legacy errors", "<meta charset=gb18030>", "\x81\x30\xFF", ""},
    {"one word", "<p>", "a", ""},
    {"dates in text", "", "<p>2020-01-02, 3 May 2020", ""},
    {"authors", "", "<a rel=author href=x>x</a>", ""},
    {"stops", "<p>", "...", ""},
    {"wide stops", "<p>", "\xE3\x80\x82", ""},
    {"combining marks", "<p>a", "\xCC\x81", ""},
    {"link list", "", "<a href=/p/%zu>x</a> ", ""},
    {"nested quotes", "", "<blockquote>x", ""},
    {"plaintext", "<plaintext>", "<p>", ""},
    {"frames", "", "<html><head><body>", ""},
};
enum { HOSTILE = sizeof(hostile) / sizeof(hostile[0]) };

static char *make(const char *head, const char *unit, const char *tail, size_t *len)
{
    char *page = malloc(SIZE + 4096);
    assert_non_null(page);
    size_t n = (size_t)snprintf(page, 1024, "%s", head);
    for (size_t i = 0; n < SIZE; i++) {
        /* Not a format of the compiler's knowing; numbers stand where %zu does. */
        for (const char *p = unit; *p; p++) {
            if (strncmp(p, "%zu", 3) == 0) {
                n += (size_t)snprintf(page + n, 32, "%zu", i);
                p += 2;
            } else {
                page[n++] = *p;
            }
        }
    }
    n += (size_t)snprintf(page + n, 1024, "%s", tail);
    *len = n;
    return page;
}

static double time_of(struct em_extractor *x, const char *page, size_t len)
{
    double best = 1e9;
    const struct em_page in = {.kind = EM_PAGE_HTML, .body = em_view_make(page, len)};
    for (int i = 0; i < 3; i++) {
        struct em_doc doc;
        double t0 = em_clock_thread_cpu();
        (void)em_extract(x, &in, &doc);
        double t = em_clock_thread_cpu() - t0;
        best = t < best ? t : best;
    }
    return best / (double)len;
}

static void test_hostile(void **state)
{
    (void)state;
    const struct em_extract_options options = {.hidden = true, .links = true};
    const char *wanted = getenv("ECHOMETER_SLOW");
    if (CHECKED || (wanted && strcmp(wanted, "skip") == 0))
        skip();
    struct em_extractor *x;
    assert_int_equal(em_extractor_new(&x, &options, NULL), EM_OK);
    size_t len;
    size_t plain_len;
    char *plain_page = make("", plain_unit, "", &plain_len), *page;
    double plain = time_of(x, plain_page, plain_len), worst = 0;
    size_t at = 0, slow = 0;
    for (size_t i = 0; i < HOSTILE; i++) {
        page = make(hostile[i].head, hostile[i].unit, hostile[i].tail, &len);
        double t = time_of(x, page, len) / plain;
        /* Other work on the machine may have taken its caches: both again. */
        for (int again = 0; t > TIMES && again < 10; again++) {
            double ratio = time_of(x, page, len) / time_of(x, plain_page, plain_len);
            t = ratio < t ? ratio : t;
        }
        free(page);
        if (t > worst) {
            worst = t;
            at = i;
        }
        if (getenv("ECHOMETER_SHOW"))
            printf("%6.2f  %s\n", t, hostile[i].name);
        if (t > TIMES) {
            printf("%s: %.1f times a plain page\n", hostile[i].name, t);
            slow++;
        }
    }
    printf("plain page %.0f MB/s; the worst, '%s', takes %.1f times as long\n",
           1e-6 / plain, hostile[at].name, worst);
    free(plain_page);
    em_extractor_free(x);
    assert_int_equal(slow, 0);
}

/* --- after the end --------------------------------------------------------------------- */

struct fence {
    char *map;
    size_t size, page;
};

static void fence_open(struct fence *f, size_t size)
{
    f->page = (size_t)sysconf(_SC_PAGESIZE);
    f->size = (size + f->page - 1) / f->page * f->page;
    f->map = mmap(NULL, f->size + f->page, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(f->map != MAP_FAILED);
    assert_int_equal(mprotect(f->map + f->size, f->page, PROT_NONE), 0);
}

/* A copy that ends where reading ends. */
static struct em_view fence_put(struct fence *f, const char *data, size_t len)
{
    char *at = f->map + f->size - len;
    memcpy(at, data, len);
    return em_view_make(at, len);
}

static void read_all(struct em_extractor *const *readers, struct em_view page)
{
    struct em_doc doc;
    for (size_t r = 0; r < 2; r++) {
        const struct em_page in = {.kind = EM_PAGE_HTML, .body = page};
        (void)em_extract(readers[r], &in, &doc);
    }
    const struct em_page text = {.kind = EM_PAGE_TEXT, .body = page};
    (void)em_extract(readers[0], &text, &doc);
    static struct em_tokenizer t;
    for (int content = EM_CONTENT_DATA; content <= EM_CONTENT_CDATA; content++) {
        em_tokenizer_init(&t, page);
        t.content = (enum em_content)content;
        t.last_start = EM_VIEW("script");
        while (em_tokenizer_next(&t)->kind != EM_TOKEN_END_OF_INPUT)
            ;
    }
    (void)em_hide_of_style(page);
}

/* Every prefix of pages with all there is, at the end of what can be read. */
static void test_fence(void **state)
{
    (void)state;
    static const char *const pages[] = {
        "<!doctype html><html lang=en><title>A &amp; b</title><meta charset=utf-8><p "
        "class='a b' style=\"display : none; left:-9999px\" hidden>x<br>y</p><!-- c --> "
        "<script><!--<script>a</script>--></script><svg><![CDATA[x]]></svg>&#x1F600; "
        "&copy"
        " &notit; <b>\xE6\xB0\xB4 plain words that go on for more than sixteen bytes</b>",
        "\xFF\xFE<\0p\0>\0a\0",
        "<meta charset=shift_jis><p>\x82\xA0\x82\xA2\x81",
        "<meta charset=iso-2022-jp>\x1B$B$3$l\x1B(B",
        "<script "
        "type=application/ld+json>{\"@type\":\"Article\",\"datePublished\":\"2002-"
        "03-04\",\"author\":{\"name\":\"A\\u00e9\"}}</script><time datetime=2002-03-04>",
        "<a href=/x rel='nofollow author'>x</a><meta name=robots content='noai'>"};
    struct em_extractor *readers[2];
    const struct em_extract_options options = {
        .all = true, .hidden = true, .links = true};
    assert_int_equal(em_extractor_new(&readers[0], &options, NULL), EM_OK);
    assert_int_equal(em_extractor_new(&readers[1], NULL, NULL), EM_OK);
    static const size_t lengths[] = {0, 10, 0, 0, 0, 0};
    struct fence f;
    fence_open(&f, 8192);
    for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++) {
        size_t len = lengths[i] ? lengths[i] : strlen(pages[i]);
        for (size_t n = 0; n <= len; n++)
            read_all(readers, fence_put(&f, pages[i], n));
    }
    em_extractor_free(readers[0]);
    em_extractor_free(readers[1]);
    munmap(f.map, f.size + f.page);
}

/* The searches by vectors, at every distance from the end. */
static void test_fence_scan(void **state)
{
    (void)state;
    struct fence f;
    char text[80];
    fence_open(&f, sizeof(text));
    for (size_t n = 0; n < sizeof(text); n++) {
        for (size_t hit = 0; hit <= n; hit++) {
            memset(text, ' ', sizeof(text));
            text[hit] = '<';
            struct em_view v = fence_put(&f, text, n);
            const char *end = v.data + n, *want = v.data + hit;
            assert_ptr_equal(em_scan_byte(v.data, end, '<'), want);
            assert_ptr_equal(em_scan_either(v.data, end, '<', '>'), want);
            assert_ptr_equal(em_skip_blank(v.data, end), want);
        }
    }
    munmap(f.map, f.size + f.page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fence),
        cmocka_unit_test(test_fence_scan),
        cmocka_unit_test(test_hostile),
    };
    return cmocka_run_group_tests_name("page linear", tests, NULL, NULL);
}
