/* SPDX-License-Identifier: Apache-2.0
 *
 * The patterns, with what was counted; what a pattern weighs follows from it
 * (em_leak_weight()). docs/LEAKS.md is this table to read; bench/leak_rates counts again.
 *
 * Evidence: the first hits of a search for the phrase over public repositories (docs, posts,
 * code; 2026), each read. `of` are those that stand in running text, neither quoted nor in
 * program code: what the matcher takes. `real` are those that a model wrote.
 *
 * Counts of texts: outside quotations, in the 93,911 human texts (all from before 2022-11)
 * and 136,782 machine-written ones of the shared data.
 */
#include "detector/leaks.h"

#define MARK     "citation-marker"
#define URL      "client-url"
#define CUTOFF   "knowledge-cutoff"
#define SELF     "self-reference"
#define REFUSE   "refusal"
#define CHAT     "chat-offer"
#define BLANK    "placeholder"
#define TEMPLATE "prompt-template"

#define GPT   "2022-11"
#define ANY   EM_LEAK_ANYWHERE
#define BEGIN EM_LEAK_SENTENCE

enum {
    E_NONE,
    E_FENCE = EM_LEAK_EVIDENCE_FENCE,
    E_FENCE_LATER = EM_LEAK_EVIDENCE_FENCE_LATER,
    E_OAI,
    E_TURN,
    E_BRACKET,
    E_GEMINI,
    E_GROK,
    E_FILES,
    E_CANVAS,
    E_UPLOAD,
    E_ATTACHED,
    E_UTM,
    E_UTM_OPENAI,
    E_UTM_COPILOT,
    E_UTM_OTHER,
    E_LAST,
    E_CUTOFF,
    E_LAST_FR,
    E_LAST_ES,
    E_LAST_DE,
    E_LAST_RU,
    E_LAST_ZH,
    E_SELF,
    E_SELF_OTHER,
    E_REFUSE,
    E_OPENER,
    E_SURE,
    E_ABSOLUTELY,
    E_REWRITTEN,
    E_LETME,
    E_BLANK,
    E_OPENER_ES,
    E_OPENER_FR,
    E_OPENER_DE,
    E_OPENER_RU,
    E_OPENER_ZH,
    E_ARTICLE,
    E_HELPS,
    E_EXPAND,
    E_THINK,
    E_COUNT
};

const struct em_leak_evidence em_leak_evidence[] = {
    [E_NONE] = {"nothing public was looked at", 0, 0},
    [E_FENCE] = {"a post inside a Markdown fence (one family of blogs)", 12, 12},
    [E_FENCE_LATER] = {"the same after a line of chat", 16, 17},
    [E_OAI] = {"`oaicite`, `oai_citation` (ChatGPT)", 40, 40},
    [E_TURN] = {"`turnNsearchN`, `fileciteturnN` (ChatGPT)", 16, 16},
    [E_BRACKET] = {"lenticular brackets with a dagger (ChatGPT, Assistants, Codex)", 34,
                   35},
    [E_GEMINI] = {"`[cite_start]`, `[cite: N]`, `(start_span)` (Gemini)", 29, 29},
    [E_GROK] = {"`<grok:render` with a card (Grok)", 4, 4},
    [E_FILES] = {"`sandbox:/mnt/data/` (ChatGPT)", 8, 9},
    [E_CANVAS] = {"`:::writing{variant=` (ChatGPT)", 8, 9},
    [E_UPLOAD] = {"addresses of uploads (Perplexity)", 10, 10},
    [E_ATTACHED] = {"`[attached_file:N]` (Perplexity)", 4, 5},
    [E_UTM] = {"`utm_source=chatgpt.com`, the text around it", 8, 10},
    [E_UTM_OPENAI] = {"`utm_source=openai`, the text around it", 7, 8},
    [E_UTM_COPILOT] = {"`utm_source=copilot.com`, the text around it", 6, 8},
    [E_UTM_OTHER] = {"`utm_source=perplexity`, the text around it", 2, 5},
    [E_LAST] = {"as of my last update, knowledge update", 11, 12},
    [E_CUTOFF] = {"as of my knowledge cutoff", 4, 7},
    [E_LAST_FR] = {"the French", 4, 6},
    [E_LAST_ES] = {"the Spanish", 4, 5},
    [E_LAST_DE] = {"the German", 4, 5},
    [E_LAST_RU] = {"the Russian", 4, 4},
    [E_LAST_ZH] = {"the Chinese", 2, 2},
    [E_SELF] = {"as an AI language model, I", 6, 8},
    [E_SELF_OTHER] = {"the German, French, Spanish and Russian", 2, 3},
    [E_REFUSE] = {"I cannot fulfill your request", 7, 9},
    [E_OPENER] = {"Certainly! Here's, Certainly! Below is", 18, 20},
    [E_SURE] = {"Sure! Here's a; Sure, here's a", 6, 9},
    [E_ABSOLUTELY] = {"Absolutely! Here", 4, 6},
    [E_REWRITTEN] = {"Here's the rewritten; Here is a revised version", 4, 9},
    [E_LETME] = {"Let me know if you'd like me to", 5, 8},
    [E_BLANK] = {"`[Your Name]`, `[Insert Date]`", 5, 12},
    [E_OPENER_ES] = {"the Spanish", 5, 7},
    [E_OPENER_FR] = {"the French", 5, 7},
    [E_OPENER_DE] = {"the German", 7, 8},
    [E_OPENER_RU] = {"the Russian", 3, 3},
    [E_OPENER_ZH] = {"the Chinese", 6, 7},
    [E_ARTICLE] = {"the article in Markdown (one family of blogs)", 15, 15},
    [E_HELPS] = {"I hope this helps! Let me know if", 6, 7},
    [E_EXPAND] = {"Would you like me to expand", 10, 10},
    [E_THINK] = {"`</think>` after a sentence", 1, 1},
};
_Static_assert(sizeof(em_leak_evidence) / sizeof(em_leak_evidence[0]) == E_COUNT,
               "evidence for every name");

const struct em_leak_pattern em_leak_patterns[] = {

    /* Citation marks of chat clients. */
    {":contentreference[oaicite:#", MARK, ANY, E_OAI, 0, 0, "2023-03"},
    {"oaicite:#", MARK, ANY, E_OAI, 0, 0, "2023-03"},
    {"[oai_citation:#", MARK, ANY, E_OAI, 0, 0, "2023-03"},
    {"turn#search#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#news#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#view#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#image#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#file#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#product#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#fetch#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"turn#academia#", MARK, ANY, E_TURN, 0, 0, "2024-10"},
    {"\xE3\x80\x90#\xE2\x80\xA0source\xE3\x80\x91", MARK, ANY, E_BRACKET, 0, 0,
     "2023-11"},
    {"\xE3\x80\x90#:#\xE2\x80\xA0", MARK, ANY, E_BRACKET, 0, 0, "2023-11"},
    {"\xE3\x80\x90#\xE2\x80\xA0", MARK, ANY, E_BRACKET, 0, 0, "2023-11"},
    {"\xE2\x80\xA0l#-l#\xE3\x80\x91", MARK, ANY, E_BRACKET, 0, 0, "2025-05"},
    {"[cite_start]", MARK, ANY, E_GEMINI, 0, 0, "2025-03"},
    {"[cite: #", MARK, ANY, E_GEMINI, 0, 0, "2025-03"},
    {"(start_span)", MARK, ANY, E_GEMINI, 0, 0, "2025-03"},
    {"<grok:render card_id=", MARK, ANY, E_GROK, 0, 0, "2025-03"},
    {"file-service://file-", MARK, ANY, E_FILES, 0, 0, "2023-11"},
    {"sandbox:/mnt/data/", MARK, ANY, E_FILES, 0, 0, "2023-07"},
    {":::writing{variant=", MARK, ANY, E_CANVAS, 0, 0, "2025-08"},
    {"ppl-ai-file-upload.s3", MARK, ANY, E_UPLOAD, 0, 0, "2024-01"},
    {"[attached_file:#]", MARK, ANY, E_ATTACHED, 0, 0, "2025-01"},

    /* Links copied from a chat: proof of a question asked, not of the text. */
    {"utm_source=chatgpt.com", URL, ANY, E_UTM, 0, 0, "2024-10"},
    {"utm_source=openai", URL, ANY, E_UTM_OPENAI, 0, 0, "2025-01"},
    {"utm_source=copilot.com", URL, ANY, E_UTM_COPILOT, 0, 0, "2024-10"},
    {"utm_source=perplexity", URL, ANY, E_UTM_OTHER, 0, 0, "2024-01"},
    {"utm_source=claude.ai", URL, ANY, E_UTM_OTHER, 0, 0, "2025-01"},
    {"utm_source=gemini", URL, ANY, E_UTM_OTHER, 0, 0, "2025-01"},
    {"referrer=grok.com", URL, ANY, E_UTM_OTHER, 0, 0, "2025-01"},

    /* Knowledge cut-offs. */
    {"as of my last knowledge update", CUTOFF, ANY, E_LAST, 0, 6, GPT},
    {"as of my last update in", CUTOFF, ANY, E_LAST, 0, 13, GPT},
    {"as of my last update,", CUTOFF, ANY, E_LAST, 0, 9, GPT},
    {"as of my last training", CUTOFF, ANY, E_LAST, 0, 1, GPT},
    {"up to my last update in", CUTOFF, ANY, E_LAST, 0, 2, GPT},
    {"up to my last knowledge update", CUTOFF, ANY, E_LAST, 0, 0, GPT},
    {"as of my last training data", CUTOFF, ANY, E_LAST, 0, 0, GPT},
    {"as of my knowledge cutoff", CUTOFF, ANY, E_CUTOFF, 0, 42, GPT},
    {"as of my knowledge cut-off", CUTOFF, ANY, E_CUTOFF, 0, 2, GPT},
    {"my knowledge cutoff", CUTOFF, ANY, E_CUTOFF, 0, 45, GPT},
    {"as of my training cutoff", CUTOFF, ANY, E_CUTOFF, 0, 0, GPT},
    {"my training data only goes up to", CUTOFF, ANY, E_CUTOFF, 0, 0, GPT},
    {"i don't have access to real-time", CUTOFF, ANY, E_NONE, 0, 6, GPT},
    {"i do not have access to real-time", CUTOFF, ANY, E_NONE, 0, 6, GPT},
    {"i don't have real-time", CUTOFF, ANY, E_NONE, 0, 15, GPT},
    {"\xC3\xA0 ma derni\xC3\xA8re mise \xC3\xA0 jour,", CUTOFF, BEGIN, E_LAST_FR, 0, 0,
     GPT},
    {"jusqu'\xC3\xA0 ma derni\xC3\xA8re mise \xC3\xA0 jour", CUTOFF, ANY, E_LAST_FR, 0, 0,
     GPT},
    {"mi \xC3\xBAltima actualizaci\xC3\xB3n de conocimiento", CUTOFF, ANY, E_LAST_ES, 0,
     0, GPT},
    {"hasta mi \xC3\xBAltima actualizaci\xC3\xB3n", CUTOFF, ANY, E_LAST_ES, 0, 0, GPT},
    {"at\xC3\xA9 minha \xC3\xBAltima atualiza\xC3\xA7\xC3\xA3o", CUTOFF, ANY, E_NONE, 0,
     0, GPT},
    {"zum zeitpunkt meiner letzten aktualisierung", CUTOFF, ANY, E_LAST_DE, 0, 0, GPT},
    {"stand meiner letzten aktualisierung", CUTOFF, ANY, E_LAST_DE, 0, 0, GPT},
    {"\xD0\xBD\xD0\xB0 \xD0\xBC\xD0\xBE\xD0\xBC\xD0\xB5\xD0\xBD\xD1\x82 "
     "\xD0\xBC\xD0\xBE\xD0\xB5\xD0\xB3\xD0\xBE "
     "\xD0\xBF\xD0\xBE\xD1\x81\xD0\xBB\xD0\xB5\xD0\xB4\xD0\xBD\xD0\xB5\xD0\xB3\xD0\xBE "
     "\xD0\xBE\xD0\xB1\xD0\xBD\xD0\xBE\xD0\xB2\xD0\xBB\xD0\xB5\xD0\xBD\xD0\xB8\xD1\x8F",
     CUTOFF, ANY, E_LAST_RU, 0, 5, GPT},
    {"\xE6\x88\xAA\xE8\x87\xB3\xE6\x88\x91\xE7\x9A\x84\xE7\x9F\xA5\xE8\xAF\x86", CUTOFF,
     ANY, E_LAST_ZH, 0, 0, GPT},

    /* Self-reference, where a sentence begins: on public pages it is quoted in nine of ten. */
    {"as an ai language model, i", SELF, BEGIN, E_SELF, 0, 225, GPT},
    {"as an ai language model developed by", SELF, BEGIN, E_SELF, 0, 0, GPT},
    {"as a responsible ai language model", SELF, BEGIN, E_SELF, 0, 1, GPT},
    {"as a large language model, i", SELF, BEGIN, E_SELF, 0, 2, GPT},
    {"as a language model, i", SELF, BEGIN, E_SELF, 0, 26, GPT},
    {"as an ai assistant, i", SELF, BEGIN, E_SELF, 0, 20, GPT},
    {"as an ai model, i", SELF, BEGIN, E_SELF, 0, 2, GPT},
    {"as an ai, i don't have", SELF, BEGIN, E_SELF, 0, 25, GPT},
    {"as an ai, i do not have", SELF, BEGIN, E_SELF, 0, 7, GPT},
    {"as an ai, i cannot", SELF, BEGIN, E_SELF, 0, 5, GPT},
    {"as an ai, i can't", SELF, BEGIN, E_SELF, 0, 1, GPT},
    {"unfortunately, as an ai language model", SELF, ANY, E_SELF, 0, 1, GPT},
    {"i'm just an ai", SELF, ANY, E_SELF, 0, 21, GPT},
    {"i am just an ai", SELF, ANY, E_SELF, 0, 0, GPT},
    {"my programming or ethical guidelines", SELF, ANY, E_SELF, 0, 7, GPT},
    {"my programming and ethical", SELF, ANY, E_SELF, 0, 0, GPT},
    {"i was created by openai", SELF, ANY, E_SELF, 0, 0, GPT},
    {"als ki-sprachmodell kann ich", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"als ki-sprachmodell habe ich", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"en tant que mod\xC3\xA8le de langage, je", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"en tant qu'ia, je", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"como modelo de lenguaje, no", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"como un modelo de lenguaje", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"como um modelo de linguagem", SELF, BEGIN, E_SELF_OTHER, 0, 0, GPT},
    {"\xD0\xBA\xD0\xB0\xD0\xBA "
     "\xD1\x8F\xD0\xB7\xD1\x8B\xD0\xBA\xD0\xBE\xD0\xB2\xD0\xB0\xD1\x8F "
     "\xD0\xBC\xD0\xBE\xD0\xB4\xD0\xB5\xD0\xBB\xD1\x8C, \xD1\x8F",
     SELF, BEGIN, E_SELF_OTHER, 0, 4, GPT},
    {"\xD0\xBA\xD0\xB0\xD0\xBA "
     "\xD0\xB8\xD1\x81\xD0\xBA\xD1\x83\xD1\x81\xD1\x81\xD1\x82\xD0\xB2\xD0\xB5\xD0\xBD"
     "\xD0\xBD\xD1\x8B\xD0\xB9 "
     "\xD0\xB8\xD0\xBD\xD1\x82\xD0\xB5\xD0\xBB\xD0\xBB\xD0\xB5\xD0\xBA\xD1\x82, \xD1\x8F",
     SELF, BEGIN, E_SELF_OTHER, 0, 2, GPT},

    /* Refusals. */
    {"i cannot fulfill your request", REFUSE, ANY, E_REFUSE, 0, 8, GPT},
    {"i cannot fulfill this request", REFUSE, ANY, E_REFUSE, 0, 6, GPT},
    {"i cannot fulfill that request", REFUSE, ANY, E_REFUSE, 0, 0, GPT},
    {"i can't fulfill that request", REFUSE, ANY, E_REFUSE, 0, 0, GPT},
    {"i can't fulfill this request", REFUSE, ANY, E_REFUSE, 0, 1, GPT},
    {"i'm unable to fulfill your request", REFUSE, ANY, E_REFUSE, 0, 1, GPT},
    {"goes against my programming", REFUSE, ANY, E_REFUSE, 0, 7, GPT},
    {"i cannot provide assistance with", REFUSE, ANY, E_NONE, 0, 1, GPT},
    {"i'm sorry, but as an ai", REFUSE, ANY, E_NONE, 0, 33, GPT},
    {"i apologize, but as an ai", REFUSE, ANY, E_NONE, 0, 1, GPT},

    /* Openers and offers of a chat answer. */
    {"certainly! here", CHAT, BEGIN, E_OPENER, 0, 189, GPT},
    {"certainly! below", CHAT, BEGIN, E_OPENER, 0, 19, GPT},
    {"certainly, here is", CHAT, BEGIN, E_OPENER, 0, 4, GPT},
    {"absolutely! here", CHAT, BEGIN, E_ABSOLUTELY, 0, 48, GPT},
    {"of course! here", CHAT, BEGIN, E_ABSOLUTELY, 0, 36, GPT},
    {"of course! below", CHAT, BEGIN, E_ABSOLUTELY, 0, 0, GPT},
    {"sure! here", CHAT, BEGIN, E_SURE, 0, 177, GPT},
    {"sure! below", CHAT, BEGIN, E_SURE, 0, 2, GPT},
    {"sure, here's a", CHAT, BEGIN, E_SURE, 0, 310, GPT},
    {"sure, here is a", CHAT, BEGIN, E_SURE, 0, 145, GPT},
    {"sure, here's an example", CHAT, BEGIN, E_SURE, 0, 73, GPT},
    {"\xC2\xA1"
     "claro! aqu\xC3\xAD tienes",
     CHAT, BEGIN, E_OPENER_ES, 0, 0, GPT},
    {"claro, aqu\xC3\xAD tienes", CHAT, BEGIN, E_OPENER_ES, 0, 1, GPT},
    {"\xC2\xA1por supuesto! aqu\xC3\xAD", CHAT, BEGIN, E_OPENER_ES, 0, 0, GPT},
    {"bien s\xC3\xBBr ! voici", CHAT, BEGIN, E_OPENER_FR, 0, 0, GPT},
    {"bien s\xC3\xBBr! voici", CHAT, BEGIN, E_OPENER_FR, 0, 0, GPT},
    {"certainement ! voici", CHAT, BEGIN, E_OPENER_FR, 0, 0, GPT},
    {"nat\xC3\xBCrlich! hier ist", CHAT, BEGIN, E_OPENER_DE, 0, 0, GPT},
    {"nat\xC3\xBCrlich! hier sind", CHAT, BEGIN, E_OPENER_DE, 0, 0, GPT},
    {"gerne! hier ist", CHAT, BEGIN, E_OPENER_DE, 0, 0, GPT},
    {"\xD0\xBA\xD0\xBE\xD0\xBD\xD0\xB5\xD1\x87\xD0\xBD\xD0\xBE! \xD0\xB2\xD0\xBE\xD1\x82",
     CHAT, BEGIN, E_OPENER_RU, 0, 67, GPT},
    {"\xE5\xBD\x93\xE7\x84\xB6!\xE4\xBB\xA5\xE4\xB8\x8B\xE6\x98\xAF", CHAT, BEGIN,
     E_OPENER_ZH, 0, 0, GPT},
    {"\xE5\xBD\x93\xE7\x84\xB6,\xE4\xBB\xA5\xE4\xB8\x8B\xE6\x98\xAF", CHAT, BEGIN,
     E_OPENER_ZH, 0, 0, GPT},
    {"here's the rewritten", CHAT, BEGIN, E_REWRITTEN, 0, 10, GPT},
    {"here is the rewritten", CHAT, BEGIN, E_REWRITTEN, 0, 9, GPT},
    {"here's a rewritten", CHAT, BEGIN, E_REWRITTEN, 0, 8, GPT},
    {"here is a rewritten", CHAT, BEGIN, E_REWRITTEN, 0, 13, GPT},
    {"here's a revised version", CHAT, BEGIN, E_REWRITTEN, 0, 18, GPT},
    {"here is a revised version", CHAT, BEGIN, E_REWRITTEN, 1, 8, GPT},
    {"here's a news article based on", CHAT, BEGIN, E_NONE, 0, 0, GPT},
    {"here is a news article based on", CHAT, BEGIN, E_NONE, 0, 0, GPT},
    {"here is the paraphrased", CHAT, BEGIN, E_NONE, 0, 6, GPT},
    {"hier ist der \xC3\xBC"
     "berarbeitete text",
     CHAT, BEGIN, E_NONE, 0, 0, GPT},
    {"here's the article in markdown", CHAT, BEGIN, E_ARTICLE, 0, 0, GPT},
    {"aqu\xC3\xAD tienes el art\xC3\xAD"
     "culo en formato markdown",
     CHAT, ANY, E_ARTICLE, 0, 2, GPT},
    {"aqu\xC3\xAD tienes el art\xC3\xAD"
     "culo en markdown",
     CHAT, ANY, E_ARTICLE, 0, 1, GPT},
    {"aqu\xC3\xAD tienes un art\xC3\xAD"
     "culo en formato markdown",
     CHAT, ANY, E_ARTICLE, 0, 0, GPT},
    {"aqu\xC3\xAD tienes un art\xC3\xAD"
     "culo en markdown",
     CHAT, ANY, E_ARTICLE, 0, 0, GPT},
    {"i hope this helps! let me know if", CHAT, ANY, E_HELPS, 0, 198, GPT},
    {"would you like me to expand", CHAT, ANY, E_EXPAND, 0, 1, GPT},
    {"if you'd like, i can", CHAT, BEGIN, E_NONE, 0, 1, GPT},
    {"let me know if you'd like me to", CHAT, ANY, E_LETME, 0, 8, GPT},
    {"let me know if you would like me to", CHAT, ANY, E_LETME, 0, 88, GPT},

    /* Blanks to fill in. "[Insert ...]" is in old templates (2 of 14 are a model's) and left out. */
    {"[insert date]", BLANK, ANY, E_BLANK, 0, 55, GPT},
    {"[insert name]", BLANK, ANY, E_BLANK, 0, 4, GPT},
    {"[your name]", BLANK, ANY, E_BLANK, 0, 1369, GPT},
    {"[author's name]", BLANK, ANY, E_BLANK, 0, 7, GPT},
    {"[recipient's name]", BLANK, ANY, E_BLANK, 0, 33, GPT},
    {"[your company]", BLANK, ANY, E_BLANK, 0, 34, GPT},
    {"[your address]", BLANK, ANY, E_BLANK, 0, 37, GPT},

    /* Templates of prompts, thoughts of reasoning models. */
    {"< im_start >", TEMPLATE, ANY, E_NONE, 0, 136, "2023-03"},
    {"< im_end >", TEMPLATE, ANY, E_NONE, 0, 382, "2023-03"},
    {"< endoftext >", TEMPLATE, ANY, E_NONE, 0, 0, "2023-03"},
    {"< eot_id >", TEMPLATE, ANY, E_NONE, 0, 0, "2023-03"},
    {"< start_header_id >", TEMPLATE, ANY, E_NONE, 0, 0, "2023-03"},
    {"[/inst]", TEMPLATE, ANY, E_NONE, 0, 0, "2023-03"},
    {"<</sys>>", TEMPLATE, ANY, E_NONE, 0, 0, "2023-03"},
    {"</think>", TEMPLATE, BEGIN, E_THINK, 0, 0, "2025-01"},
};

const size_t em_leak_pattern_count =
    sizeof(em_leak_patterns) / sizeof(em_leak_patterns[0]);
