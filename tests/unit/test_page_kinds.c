/* SPDX-License-Identifier: Apache-2.0
 *
 * Small made-up pages with the markup of what the web runs on: threads of ten kinds of forum
 * software, of which every post is kept, in order; and pages whose <main> says all.
 */
#include "base/buf.h"
#include "crawler/page/extract.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs the standard headers above it. */
#include <cmocka.h>

static struct em_extractor *x;

static int set_up(void **state)
{
    (void)state;
    const struct em_extract_options options = {.no_language = true};
    return em_extractor_new(&x, &options, NULL) == EM_OK ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    em_extractor_free(x);
    return 0;
}

static struct em_view text_of(struct em_view html)
{
    const struct em_page page = {.kind = EM_PAGE_HTML, .body = html};
    struct em_doc doc;
    assert_int_equal(em_extract(x, &page, &doc), EM_DROP_NONE);
    return doc.text;
}

static bool has(struct em_view text, const char *part)
{
    return em_view_find(text, 0, em_view_of(part)) < text.len;
}

/* --- threads ----------------------------------------------------------------------------- */

enum { POSTS = 4 };

static const char *const posts[POSTS] = {
    "I have an oven that is thirty years old and the door no longer shuts as it should."
    " Is it worth the trouble of a new seal, or should I keep saving?",
    "Ours had the same fault. A strip of glass fibre cord from the hardware shop cost f"
    "our pounds and has held for two winters now, so try that first.",
    "Before you buy anything, measure how warm it gets at the back with the door proppe"
    "d shut. Mine lost forty degrees through the gap.",
    "Thanks, both of you. I bought the cord this morning, and the loaf that came out of"
    " it tonight is the best I have had since spring.",
};

static const char *const authors[POSTS] = {"anna", "bert", "cleo", "anna"};

/* In a post @u is its author, @t its text and @i its number. */
static const struct {
    const char *name, *before, *post, *behind;
} forums[] = {
    {"drupal", "<div class=\"comments\"><h2>Comments</h2>",
     "<article class=\"comment js-comment\"><div class=\"comment-author\"><a href=\"/u/"
     "@u\">@u</a></div><div class=\"field field-name-comment-body\"><p>@t</p></div><ul "
     "class=\"links inline\"><li><a href=\"/reply/@i\">Log in to post comments</a></li>"
     "</ul></article>",
     "</div>"},
    {"bbpress", "<ul class=\"forums bbp-replies\"><li class=\"bbp-body\">",
     "<div id=\"post-@i\" class=\"bbp-reply-header\"><div class=\"bbp-meta\"><span clas"
     "s=\"bbp-reply-post-date\">May 3, 2019 at 4:1@i pm</span> <a href=\"#p@i\" class="
     "\"bbp-reply-permalink\">#@i</a></div></div><div class=\"topic bbp-reply post-@i\""
     "><div class=\"bbp-reply-author\"><a href=\"/u/@u\" class=\"bbp-author-link\">@u</"
     "a><div class=\"bbp-author-role\">Participant</div></div><div class=\"bbp-reply-co"
     "ntent\"><p>@t</p></div></div>",
     "</li></ul>"},
    {"vanilla", "<ul class=\"MessageList DataList Comments\">",
     "<li class=\"Item ItemComment\" id=\"Comment_@i\"><div class=\"Comment\"><div clas"
     "s=\"Item-Header CommentHeader\"><span class=\"Author\"><a href=\"/profile/@u\" cl"
     "ass=\"Username\">@u</a></span> <span class=\"MItem DateCreated\"><time datetime="
     "\"2019-05-03\">May 2019</time></span></div><div class=\"Item-BodyWrap\"><div clas"
     "s=\"Item-Body\"><div class=\"Message userContent\">@t</div><div class=\"Reactions"
     "\"><a href=\"/r\">Like</a> <a href=\"/q\">Quote</a></div></div></div></div></li>",
     "</ul>"},
    {"discourse",
     "<div id=\"topic-title\"><h1><a href=\"/t/1\">Is an old oven worth it?</a></h1></d"
     "iv>",
     "<div itemprop=\"comment\" itemscope class=\"topic-body crawler-post\"><div class="
     "\"crawler-post-meta\"><span class=\"creator\" itemprop=\"author\"><a href=\"/u/@u"
     "\"><span itemprop=\"name\">@u</span></a></span><span class=\"crawler-post-infos\""
     "><time class=\"post-time\" datetime=\"2019-05-03\">May 3, 2019, 4:1@ipm</time><sp"
     "an itemprop=\"position\">@i</span></span></div><div class=\"post\" itemprop=\"tex"
     "t\"><p>@t</p></div><div class=\"post-likes\">@i Likes</div></div>",
     ""},
    {"phpbb", "<h2 class=\"topic-title\">Is an old oven worth it?</h2>",
     "<div id=\"p@i\" class=\"post has-profile bg2\"><div class=\"inner\"><dl class=\"p"
     "ostprofile\"><dt><a href=\"/u/@u\" class=\"username\">@u</a></dt><dd class=\"prof"
     "ile-posts\"><strong>Posts:</strong> 21@i</dd><dd class=\"profile-joined\"><strong"
     ">Joined:</strong> Tue Mar 04, 2014</dd></dl><div class=\"postbody\"><h3><a href="
     "\"#p@i\">Re: Is an old oven worth it?</a></h3><p class=\"author\">by <strong><a h"
     "ref=\"/u/@u\">@u</a></strong> » Fri May 03, 2019 4:1@i pm</p><div class=\"content"
     "\">@t</div><div class=\"signature\">Bake more, worry less</div></div></div></div>",
     ""},
    {"vbulletin", "<ol id=\"posts\" class=\"posts\">",
     "<li class=\"postbit postcontainer\" id=\"post_@i\"><div class=\"posthead\"><span "
     "class=\"date\">05-03-2019, 04:1@i PM</span></div><div class=\"postdetails\"><div "
     "class=\"userinfo\"><a class=\"username\" href=\"/u/@u\">@u</a><span class=\"usert"
     "itle\">Senior Member</span></div><div class=\"postbody\"><div class=\"postrow\"><"
     "div class=\"content\"><blockquote class=\"postcontent restore\">@t</blockquote></"
     "div></div><blockquote class=\"signature restore\">Bake more, worry less</blockquo"
     "te></div></div><div class=\"postfoot\"><a href=\"/q\">Reply With Quote</a></div><"
     "/li>",
     "</ol>"},
    {"xenforo",
     "<h1 class=\"p-title-value\">Is an old oven worth it?</h1><div class=\"block-body "
     "js-replyNewMessageContainer\">",
     "<article class=\"message message--post\" data-author=\"@u\" id=\"js-post-@i\"><di"
     "v class=\"message-inner\"><div class=\"message-cell message-cell--user\"><section"
     " class=\"message-user\"><h4 class=\"message-name\"><a href=\"/u/@u\" class=\"user"
     "name\">@u</a></h4><h5 class=\"userTitle\">Member</h5></section></div><div class="
     "\"message-cell message-cell--main\"><header class=\"message-attribution\"><time d"
     "atetime=\"2019-05-03\">May 3, 2019</time> <a href=\"#@i\">#@i</a></header><div cl"
     "ass=\"message-content\"><article class=\"message-body\"><div class=\"bbWrapper\">"
     "@t</div></article></div><aside class=\"message-signature\"><div class=\"bbWrapper"
     "\">Bake more, worry less</div></aside><footer class=\"message-footer\"><a href=\""
     "/r\">Like</a> <a href=\"/q\">Reply</a></footer></div></div></article>",
     "</div>"},
    {"reddit",
     "<h1>Is an old oven worth it?</h1><div class=\"commentarea\"><div class=\"sitetabl"
     "e nestedlisting\">",
     "<div class=\"thing comment\" id=\"t@i\"><div class=\"entry unvoted\"><p class=\"t"
     "agline\"><a href=\"/user/@u\" class=\"author\">@u</a> <span class=\"score\">@i7 p"
     "oints</span> <time>5 years ago</time></p><form class=\"usertext\"><div class=\"us"
     "ertext-body\"><div class=\"md\"><p>@t</p></div></div></form><ul class=\"flat-list"
     " buttons\"><li><a href=\"/p\">permalink</a></li><li><a href=\"/s\">save</a></li><"
     "li><a href=\"/r\">reply</a></li></ul></div></div>",
     "</div></div>"},
    {"stack",
     "<div id=\"question-header\"><h1><a href=\"/q/1\">Is an old oven worth it?</a></h1"
     "></div><div id=\"answers\">",
     "<div id=\"answer-@i\" class=\"answer\"><div class=\"post-layout\"><div class=\"vo"
     "tecell\"><div class=\"js-vote-count\">@i</div></div><div class=\"answercell post-"
     "layout--right\"><div class=\"s-prose js-post-body\" itemprop=\"text\"><p>@t</p></"
     "div><div class=\"post-menu\"><a href=\"/s\">Share</a> <a href=\"/i\">Improve this"
     " answer</a></div><div class=\"user-info\"><div class=\"user-action-time\">answere"
     "d May 3 '19</div><a href=\"/u/@u\">@u</a> <span class=\"reputation-score\">1,@i21"
     "</span></div></div></div></div>",
     "</div>"},
    {"pipermail", "<h1>[ovens] Is an old oven worth it?</h1>",
     "<hr><b>@u</b> <a href=\"mailto:x\">@u at example.org</a><br><i>Fri May  3 16:1@i:"
     "00 CEST 2019</i><p><pre>@t\n\n-- \nBake more, worry less\n</pre>",
     "<hr>"},
};

static void put(struct em_buf *page, const char *s)
{
    assert_int_equal(em_buf_append(page, s, strlen(s)), EM_OK);
}

static void put_post(struct em_buf *page, const char *post, size_t i)
{
    const char number[2] = {(char)('1' + i), '\0'};
    for (const char *p = post; *p; p++) {
        const char one[2] = {*p, '\0'};
        if (*p != '@') {
            put(page, one);
            continue;
        }
        p++;
        put(page, *p == 'u' ? authors[i] : *p == 't' ? posts[i] : number);
    }
}

static void put_thread(struct em_buf *page, size_t forum)
{
    put(page, "<!DOCTYPE html><html lang=en><head><title>Is an old oven worth "
              "it?</title></head>"
              "<body><nav><ul><li><a href=/a>Home</a></li><li><a "
              "href=/b>Forums</a></li></ul></nav>");
    put(page, forums[forum].before);
    for (size_t i = 0; i < POSTS; i++)
        put_post(page, forums[forum].post, i);
    put(page, forums[forum].behind);
    put(page,
        "<footer><p>Powered by community software</p><a href=/t>Terms</a></footer>");
}

static void test_threads(void **state)
{
    (void)state;
    for (size_t k = 0; k < sizeof(forums) / sizeof(forums[0]); k++) {
        struct em_buf page;
        em_buf_init(&page, 1 << 16);
        put_thread(&page, k);
        struct em_view text = text_of(em_buf_view(&page));
        size_t at = 0;
        for (size_t i = 0; i < POSTS; i++) {
            size_t found = em_view_find(text, at, em_view_of(posts[i]));
            if (found >= text.len)
                fail_msg("%s: post %zu is not kept, or not in its place", forums[k].name,
                         i + 1);
            at = found + strlen(posts[i]);
        }
        if (has(text, "Powered by"))
            fail_msg("%s: the footer is taken", forums[k].name);
        em_buf_release(&page);
    }
}

/* --- <main> ------------------------------------------------------------------------------ */

#define DESCRIPTION                                                                      \
    "The pot is cast in one piece from iron that was melted twice, and its lid weighs "  \
    "so much that hardly any steam escapes while the loaf is in the oven."
#define SMALL_PRINT                                                                      \
    "Based on a survey of three thousand bakers in the spring of last year; results "    \
    "differ by oven, by flour, and by how often the door is opened."

static void test_outside_main(void **state)
{
    (void)state;
    struct em_view text = text_of(EM_VIEW(
        "<nav><a href=/a>Pots</a></nav><main><h1>Cast pot</h1><button aria-controls=p>"
        "Description</button><div id=p aria-hidden=true><p>" DESCRIPTION
        "</p></div></main>"
        "<footer><p>" SMALL_PRINT "</p></footer>"));
    assert_true(has(text, DESCRIPTION));
    assert_false(has(text, SMALL_PRINT));
    /* a <main> of a word says nothing of the rest */
    text = text_of(EM_VIEW("<main><h1>Pots</h1></main><div><p>" DESCRIPTION
                           "</p><p>" SMALL_PRINT "</p></div>"));
    assert_true(has(text, DESCRIPTION));
    assert_true(has(text, SMALL_PRINT));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_outside_main, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
