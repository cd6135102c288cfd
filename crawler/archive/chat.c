/* SPDX-License-Identifier: Apache-2.0 */
#include "crawler/archive/chat.h"

#include "base/json_text.h"

/* The inside of a string as written, or empty for other values. */
static struct em_view string_inside(struct em_view raw)
{
    return raw.len >= 2 && raw.data[0] == '"' ? em_view_sub(raw, 1, raw.len - 2)
                                              : EM_VIEW_NONE;
}

static bool speaker_is_model(struct em_view element)
{
    static const char *const keys[] = {"role", "from", "speaker"};
    static const char *const models[] = {"assistant", "gpt", "model", "bot", "chatgpt"};
    struct em_view raw = EM_VIEW_NONE;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (!em_json_text_find(element, em_view_of(keys[i]), &raw))
            continue;
        for (size_t k = 0; k < sizeof(models) / sizeof(models[0]); k++)
            if (em_view_eq(string_inside(raw), em_view_of(models[k])))
                return true;
        return false;
    }
    return true;
}

static enum em_status text_append(struct em_buf *out, struct em_view raw)
{
    struct em_view inside = string_inside(raw);
    if (inside.len == 0)
        return EM_OK;
    if (out->len)
        EM_TRY(em_buf_append(out, "\n\n", 2));
    EM_TRY(em_buf_reserve(out, inside.len));
    out->len += em_json_text_unescape(inside, out->data + out->len);
    return EM_OK;
}

static enum em_status array_text(struct em_view array, struct em_view rest,
                                 struct em_buf *out)
{
    struct em_view element, raw;
    size_t at = 0;
    while (em_json_text_element(array, &at, &element))
        if (speaker_is_model(element) && em_json_text_find(element, rest, &raw))
            EM_TRY(text_append(out, raw));
    return EM_OK;
}

enum em_status em_chat_text(struct em_view line, struct em_view path, struct em_buf *out)
{
    em_buf_clear(out);
    for (size_t dot = 0; (dot = em_view_find(path, dot, EM_VIEW("."))) < path.len;
         dot++) {
        struct em_view raw;
        if (em_json_text_find(line, em_view_sub(path, 0, dot), &raw) && raw.len &&
            raw.data[0] == '[')
            return array_text(raw, em_view_sub(path, dot + 1, path.len), out);
    }
    return EM_END;
}

enum em_status em_chat_text_usual(struct em_view line, struct em_buf *out)
{
    enum em_status status = em_chat_text(line, EM_VIEW("messages.content"), out);
    return status == EM_END ? em_chat_text(line, EM_VIEW("conversations.value"), out)
                            : status;
}
