/* SPDX-License-Identifier: Apache-2.0
 *
 * The text of conversations: who speaks, where the turns are, how strings are written.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "crawler/archive/chat.h"

#include <string.h>

static void text_is(const char *line, const char *path, enum em_status status,
                    const char *want)
{
    struct em_buf out;
    em_buf_init(&out, 1 << 20);
    enum em_status got = path ? em_chat_text(em_view_of(line), em_view_of(path), &out)
                              : em_chat_text_usual(em_view_of(line), &out);
    assert_int_equal(got, status);
    assert_int_equal(out.len, strlen(want));
    assert_memory_equal(out.len ? out.data : "", want, out.len);
    em_buf_release(&out);
}

static void test_model_turns_only(void **state)
{
    (void)state;
    text_is("{\"messages\":[{\"role\":\"system\",\"content\":\"s\"},{\"role\":\"user\","
            "\"content\":\"u\"},{\"role\":\"assistant\",\"content\":\"a\"},{\"role\":"
            "\"assistant\",\"content\":\"b\"}]}",
            NULL, EM_OK, "a\n\nb");
    text_is("{\"conversations\":[{\"from\":\"human\",\"value\":\"u\"},{\"from\":\"gpt\","
            "\"value\":\"a\"}]}",
            NULL, EM_OK, "a");
    text_is("{\"turns\":[{\"say\":\"x\"},{\"say\":\"y\"}]}", "turns.say", EM_OK,
            "x\n\ny");
    text_is("{\"messages\":[{\"role\":\"user\",\"content\":\"u\"}]}", NULL, EM_OK, "");
}

static void test_paths(void **state)
{
    (void)state;
    text_is("{\"a\":{\"turns\":[{\"b\":{\"c\":\"x\"}}]}}", "a.turns.b.c", EM_OK, "x");
    text_is("{\"messages\":\"text\"}", NULL, EM_END, "");
    text_is("{\"messages\":{\"content\":\"x\"}}", "messages.content", EM_END, "");
    text_is("{\"x\":1}", NULL, EM_END, "");
    text_is("{\"messages\":[{\"content\":\"x\"}]}", "messages", EM_END, "");
    text_is("{\"messages\":[]}", NULL, EM_OK, "");
    text_is("{\"messages\":[1,null,\"x\",[2],{\"content\":7},{\"content\":\"\"}]}", NULL,
            EM_OK, "");
}

static void test_strings(void **state)
{
    (void)state;
    text_is("{\"messages\":[{\"content\":\"\\u00e9\\n\\\"q\\\"\"}]}", NULL, EM_OK,
            "\xC3\xA9\n\"q\"");
    text_is("{\"messages\" : [ { \"content\" : \"a]}\" } , { \"content\" : \"b\" } ] }",
            NULL, EM_OK, "a]}\n\nb");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_model_turns_only),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_strings),
    };
    return cmocka_run_group_tests_name("chat", tests, NULL, NULL);
}
