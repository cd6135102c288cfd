/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens of inputs, for tests/conformance/html5lib.sh. A line in: content model, last start
 * tag, input as hexadecimal UTF-8, tab-separated. A line out: the tokens as the html5lib
 * tests write them, JSON.
 */
#include "base/json.h"
#include "base/limits.h"
#include "crawler/page/tokenizer.h"

#include <stdio.h>
#include <stdlib.h>

static struct em_buf scratch;

static struct em_view decoded(struct em_view raw, bool references, bool attribute)
{
    em_buf_clear(&scratch);
    if (em_html_decode(&scratch, raw, references, attribute) < 0)
        exit(2);
    return em_buf_view(&scratch);
}

/* Lower case, NUL as U+FFFD: what the tokenizer leaves to its reader. */
static void write_clean(struct em_json *json, struct em_view v, bool lower)
{
    struct em_buf name;
    em_buf_init(&name, 6 * v.len + 64);
    enum em_status status = EM_OK;
    for (size_t i = 0; i < v.len && status == EM_OK; i++) {
        char c = v.data[i];
        if (c == '\0')
            status = em_buf_append(&name, "\xEF\xBF\xBD", 3);
        else
            status =
                em_buf_putc(&name, lower && c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c);
    }
    if (status < 0)
        exit(2);
    em_json_string(json, em_buf_view(&name));
    em_buf_release(&name);
}

static void write_name(struct em_json *json, struct em_view raw, bool lower)
{
    write_clean(json, decoded(raw, false, false), lower);
}

static void write_start(struct em_json *json, const struct em_token *token)
{
    em_json_string(json, EM_VIEW("StartTag"));
    write_name(json, token->name, true);
    /* Pairs; the script makes an object of them, the first of a name counting. */
    em_json_array(json);
    for (uint32_t i = 0; i < token->n_attrs; i++) {
        em_json_array(json);
        write_name(json, token->attrs[i].name, true);
        write_clean(json, decoded(token->attrs[i].value, true, true), false);
        em_json_end(json);
    }
    em_json_end(json);
    if (token->self_closing)
        em_json_bool(json, true);
}

static void write_token(struct em_json *json, const struct em_token *token)
{
    em_json_array(json);
    switch (token->kind) {
    case EM_TOKEN_TEXT: {
        em_json_string(json, EM_VIEW("Character"));
        bool references =
            token->content == EM_CONTENT_DATA || token->content == EM_CONTENT_RCDATA;
        struct em_view text = decoded(token->text, references, false);
        if (token->content == EM_CONTENT_DATA || token->content == EM_CONTENT_CDATA)
            em_json_string(json, text);
        else
            write_clean(json, text, false);
        break;
    }
    case EM_TOKEN_START:
        write_start(json, token);
        break;
    case EM_TOKEN_END:
        em_json_string(json, EM_VIEW("EndTag"));
        write_name(json, token->name, true);
        break;
    case EM_TOKEN_COMMENT:
        em_json_string(json, EM_VIEW("Comment"));
        write_name(json, token->text, false);
        break;
    default:
        em_json_string(json, EM_VIEW("DOCTYPE"));
    }
    em_json_end(json);
}

static enum em_content content_of(const char *name)
{
    static const char *const names[] = {"Data",        "RCDATA",    "RAWTEXT",
                                        "Script data", "PLAINTEXT", "CDATA section"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (strncmp(name, names[i], strlen(names[i])) == 0)
            return (enum em_content)i;
    return EM_CONTENT_DATA;
}

static size_t unhex(char *text)
{
    size_t n = 0;
    for (; text[2 * n] && text[2 * n] != '\n'; n++) {
        char pair[3] = {text[2 * n], text[2 * n + 1], 0};
        text[n] = (char)strtol(pair, NULL, 16);
    }
    return n;
}

int main(void)
{
    static char line[1 << 20];
    static struct em_tokenizer t;
    struct em_buf out;
    em_buf_init(&out, EM_MAX_TEXT);
    em_buf_init(&scratch, EM_MAX_TEXT);
    while (fgets(line, sizeof(line), stdin)) {
        char *last = strchr(line, '\t'), *hex = last ? strchr(last + 1, '\t') : NULL;
        if (!hex)
            return 2;
        *last++ = *hex++ = '\0';
        struct em_json json;
        em_buf_clear(&out);
        em_json_init(&json, &out);
        em_tokenizer_init(&t, em_view_make(hex, unhex(hex)));
        t.explicit = true;
        t.content = content_of(line);
        t.foreign = t.content == EM_CONTENT_CDATA;
        t.last_start = em_view_of(last);
        em_json_array(&json);
        for (const struct em_token *token;
             (token = em_tokenizer_next(&t))->kind != EM_TOKEN_END_OF_INPUT;)
            write_token(&json, token);
        em_json_end(&json);
        if (em_json_finish(&json) < 0)
            return 2;
        fputs(out.data, stdout);
    }
    em_buf_release(&out);
    em_buf_release(&scratch);
    return 0;
}
