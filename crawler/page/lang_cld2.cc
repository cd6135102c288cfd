/* SPDX-License-Identifier: Apache-2.0
 *
 * The only file that sees CLD2 (C++).
 */
#include "crawler/page/lang.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <new>

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

namespace
{

/* First look, and the looks after it while the answer is unsure: bytes. */
constexpr std::size_t looks[] = {512, 2000, 8000};
constexpr std::size_t hint_max = 32;
/* A text so short (bytes) that CLD2 gives no answer: its best guess, which is right in about
 * half of lingua's words and sentences. */
constexpr std::size_t short_text = 256;
constexpr float guess_share = 0.5f;

/* A character cut at the end is left out. */
std::size_t whole_characters(const char *text, std::size_t len, std::size_t want)
{
    if (want >= len)
        return len;
    while (want > 0 && (static_cast<unsigned char>(text[want]) & 0xC0) == 0x80)
        want--;
    return want;
}

/* CLD2 still uses some names that ISO 639 has replaced, tells Chinese by script, and knows
 * names that are no languages: scripts ("xx-Goth"), jokes ("zzp", pig Latin). */
const char *current_code(const char *code)
{
    struct pair {
        const char *old_code, *new_code;
    };
    static const pair renamed[] = {
        {"iw", "he"}, {"in", "id"},  {"ji", "yi"},      {"jw", "jv"},    {"mo", "ro"},
        {"nb", "no"}, {"fil", "tl"}, {"zh-Hant", "zh"}, {"sr-ME", "sr"}, {"xxx", "un"}};
    if (std::strncmp(code, "xx-", 3) == 0 || std::strncmp(code, "zz", 2) == 0)
        return "un";
    for (const pair &p : renamed)
        if (std::strcmp(code, p.old_code) == 0)
            return p.new_code;
    return code;
}

/* Shares of answers that are right for so short texts, where CLD2 is as sure as of long
 * ones (lingua's words, a fifth of them). */
float belief(std::size_t len)
{
    return len < 8 ? 0.6f : len < 16 ? 0.85f : len < 24 ? 0.92f : 1.0f;
}

struct answer {
    CLD2::Language language;
    float confidence;
    bool sure;
};

answer ask(const char *text, int len, const char *hint, int flags)
{
    CLD2::Language top[3];
    int percent[3], bytes;
    double scores[3];
    bool reliable;
    CLD2::CLDHints hints = {hint[0] ? hint : nullptr, nullptr, CLD2::UNKNOWN_ENCODING,
                            CLD2::UNKNOWN_LANGUAGE};
    CLD2::Language summary = CLD2::ExtDetectLanguageSummary(
        text, len, true, &hints, flags, top, percent, scores, nullptr, &bytes, &reliable);
    answer a = {summary, 0.0f, false};
    if (summary == CLD2::UNKNOWN_LANGUAGE && top[0] != CLD2::UNKNOWN_LANGUAGE &&
        percent[0] >= 50)
        a.language = top[0];
    if (a.language == CLD2::UNKNOWN_LANGUAGE)
        return a;
    int share = a.language == top[0] ? percent[0] : percent[1];
    a.confidence = static_cast<float>(share) / 100.0f * (reliable ? 1.0f : 0.5f);
    a.sure = reliable && share >= 90;
    return a;
}

answer ask_by_looks(struct em_view text, const char *tag)
{
    answer a = {CLD2::UNKNOWN_LANGUAGE, 0.0f, false};
    for (std::size_t want : looks) {
        std::size_t len = whole_characters(text.data, text.len, want);
        if (len == 0)
            break;
        a = ask(text.data, static_cast<int>(len), tag, 0);
        if (a.sure || len == text.len)
            break;
    }
    if (a.language == CLD2::UNKNOWN_LANGUAGE && text.len && text.len <= short_text) {
        a = ask(text.data, static_cast<int>(text.len), tag, CLD2::kCLDFlagBestEffort);
        a.confidence *= guess_share;
    }
    return a;
}

} // namespace

/* CLD2 allocates with new: without memory the language is not known, and the scan continues. */
extern "C" void em_lang_detect(struct em_view text, struct em_view hint,
                               struct em_view *code, float *confidence)
{
    char tag[hint_max + 1] = "";
    if (hint.len && hint.len <= hint_max)
        std::memcpy(tag, hint.data, hint.len);
    answer a = {CLD2::UNKNOWN_LANGUAGE, 0.0f, false};
    try {
        a = ask_by_looks(text, tag);
    } catch (const std::bad_alloc &) {
    }
    *code = em_view_of(a.language != CLD2::UNKNOWN_LANGUAGE
                           ? current_code(CLD2::LanguageCode(a.language))
                           : "un");
    *confidence =
        em_view_eq(*code, EM_VIEW("un")) ? 0.0f : a.confidence * belief(text.len);
}
