/* SPDX-License-Identifier: Apache-2.0
 *
 * The patterns. Weights are log-odds by judgement from counts: how often a public page that
 * has the phrase has it because a model wrote it (in brackets: real of looked at), and how
 * often human text from before 2022 has it (docs/BENCHMARKS.md: of 93,910 texts eight have any). Kinds add up, rows of a kind do not.
 */
#include "detector/leaks.h"

#define MARK   "citation-marker"
#define URL    "client-url"
#define CUTOFF "knowledge-cutoff"
#define SELF   "self-reference"
#define REFUSE "refusal"
#define CHAT   "chat-offer"
#define BLANK  "placeholder"

#define GPT   "2022-11"
#define ANY   EM_LEAK_ANYWHERE
#define BEGIN EM_LEAK_SENTENCE

const struct em_leak_pattern em_leak_patterns[] = {
    /* Citation marks. ChatGPT: real in 40 of 40 public hits, lists of such marks apart. */
    {":contentreference[oaicite:#", MARK, 9.0f, ANY, "2023-03", "40 of 40"},
    {"oaicite:#", MARK, 8.0f, ANY, "2023-03", "40 of 40"},
    {"[oai_citation:#", MARK, 9.0f, ANY, "2023-03", "40 of 40"},
    {"turn#search#", MARK, 7.0f, ANY, "2024-10", "8 of 10"},
    {"turn#news#", MARK, 7.0f, ANY, "2024-10", "as turnNsearchN"},
    {"turn#view#", MARK, 7.0f, ANY, "2024-10", "as turnNsearchN"},
    {"turn#image#", MARK, 7.0f, ANY, "2024-10", "as turnNsearchN"},
    {"turn#file#", MARK, 6.0f, ANY, "2024-10", "as turnNsearchN"},
    {"turn#product#", MARK, 6.0f, ANY, "2024-10", "as turnNsearchN"},
    {"\xE3\x80\x90#\xE2\x80\xA0source\xE3\x80\x91", MARK, 8.0f, ANY, "2023-11",
     "Assistants API and browsing"},
    {"\xE3\x80\x90#:#\xE2\x80\xA0", MARK, 8.0f, ANY, "2023-11", "Assistants API, files"},
    {"\xE3\x80\x90#\xE2\x80\xA0", MARK, 7.0f, ANY, "2023-11", "browsing"},
    {"[cite_start]", MARK, 7.0f, ANY, "2025-03", "Gemini"},
    {"[cite: #", MARK, 5.5f, ANY, "2025-03", "Gemini; wiki markup is {{cite"},
    {"grok:render", MARK, 7.0f, ANY, "2025-03", "Grok"},
    {"file-service://file-", MARK, 7.0f, ANY, "2023-11", "ChatGPT, uploaded files"},
    {"attributableindex", MARK, 6.0f, ANY, "2025-01", "ChatGPT, JSON fragments"},

    /* A link copied from a chat: the link is proof of a search, not of the text. */
    {"utm_source=chatgpt.com", URL, 1.5f, ANY, "2024-10", "only a link"},
    {"utm_source=openai", URL, 1.5f, ANY, "2025-01", "only a link"},
    {"utm_source=perplexity", URL, 1.0f, ANY, "2024-01", "only a link"},
    {"utm_source=copilot", URL, 1.0f, ANY, "2024-10", "only a link"},
    {"referrer=grok.com", URL, 1.0f, ANY, "2025-01", "only a link"},

    /* Knowledge cut-offs: 11 of 20; the rest were lists of phrases and quotations. */
    {"as of my last knowledge update", CUTOFF, 5.5f, ANY, GPT, "11 of 20"},
    {"as of my last update in", CUTOFF, 4.0f, ANY, GPT, "11 of 20"},
    {"as of my last training", CUTOFF, 4.5f, ANY, GPT, "as the update"},
    {"as of my knowledge cutoff", CUTOFF, 5.0f, ANY, GPT, "as the update"},
    {"as of my knowledge cut-off", CUTOFF, 5.0f, ANY, GPT, "as the update"},
    {"my knowledge cutoff", CUTOFF, 3.0f, ANY, GPT, "also in articles on models"},
    {"as of my training cutoff", CUTOFF, 4.5f, ANY, GPT, "as the update"},
    {"up to my last update in", CUTOFF, 4.0f, ANY, GPT, "as the update"},
    {"up to my last knowledge update", CUTOFF, 5.0f, ANY, GPT, "as the update"},
    {"my training data only goes up to", CUTOFF, 4.5f, ANY, GPT, "as the update"},
    {"i don't have access to real-time", CUTOFF, 4.5f, ANY, GPT, "dialogues apart"},
    {"i do not have access to real-time", CUTOFF, 4.5f, ANY, GPT, "dialogues apart"},
    {"i don't have real-time", CUTOFF, 3.5f, ANY, GPT, "dialogues apart"},

    /* Self-reference: on public pages mostly quoted (1 of 10 real), so what is not quoted
     * and begins a sentence is asked for. */
    {"as an ai language model, i", SELF, 4.5f, BEGIN, GPT,
     "unquoted, at a sentence start"},
    {"as an ai language model, i", SELF, 1.0f, ANY, GPT, "1 of 10"},
    {"unfortunately, as an ai language model", SELF, 4.5f, ANY, GPT, "as above"},
    {"as an ai language model developed by", SELF, 4.5f, BEGIN, GPT, "as above"},
    {"as a responsible ai language model", SELF, 4.5f, BEGIN, GPT, "as above"},
    {"as a large language model, i", SELF, 4.5f, BEGIN, GPT, "as above"},
    {"as a language model, i", SELF, 4.0f, BEGIN, GPT, "as above"},
    {"as an ai assistant, i", SELF, 3.5f, BEGIN, GPT, "as above"},
    {"as an ai model, i", SELF, 3.5f, BEGIN, GPT, "as above"},
    {"as an ai, i don't have", SELF, 4.0f, BEGIN, GPT, "as above"},
    {"as an ai, i do not have", SELF, 4.0f, BEGIN, GPT, "as above"},
    {"as an ai, i cannot", SELF, 3.5f, BEGIN, GPT, "as above"},
    {"i'm just an ai", SELF, 3.0f, ANY, GPT, "fiction has it too"},
    {"i am just an ai", SELF, 3.0f, ANY, GPT, "fiction has it too"},
    {"my programming or ethical guidelines", SELF, 5.0f, ANY, GPT, "Llama 2"},
    {"my programming and ethical", SELF, 4.0f, ANY, GPT, "ChatGPT 2023"},
    {"i was created by openai", SELF, 3.0f, ANY, GPT, "dialogues have it too"},
    {"als ki-sprachmodell kann ich", SELF, 4.0f, BEGIN, GPT, "quoted in 3 of 3"},
    {"en tant que mod\xC3\xA8le de langage", SELF, 3.5f, BEGIN, GPT, "as the English"},
    {"como modelo de lenguaje", SELF, 3.5f, BEGIN, GPT, "as the English"},
    {"como um modelo de linguagem", SELF, 3.5f, BEGIN, GPT, "as the English"},

    /* Refusals. Customer service wrote some before 2022, but not in the first person. */
    {"i cannot fulfill your request", REFUSE, 4.5f, ANY, GPT, "7 of 9"},
    {"i cannot fulfill this request", REFUSE, 4.5f, ANY, GPT, "7 of 9"},
    {"i cannot fulfill that request", REFUSE, 4.5f, ANY, GPT, "7 of 9"},
    {"i can't fulfill that request", REFUSE, 4.5f, ANY, GPT, "7 of 9"},
    {"i can't fulfill this request", REFUSE, 4.5f, ANY, GPT, "7 of 9"},
    {"i'm unable to fulfill", REFUSE, 3.0f, ANY, GPT, "7 of 9"},
    {"i'm sorry, but i can't assist with", REFUSE, 4.5f, ANY, GPT, "quoted often"},
    {"i'm sorry, but i cannot assist with", REFUSE, 4.5f, ANY, GPT, "quoted often"},
    {"i'm sorry, but i can't help with that", REFUSE, 3.5f, ANY, GPT, "quoted often"},
    {"i cannot provide assistance with", REFUSE, 3.0f, ANY, GPT, "quoted often"},
    {"goes against my programming", REFUSE, 3.0f, ANY, GPT, "fiction has it too"},

    /* Openers and offers of a chat answer. */
    {"certainly! here", CHAT, 4.5f, BEGIN, GPT, "auto-blogs, reviews, papers"},
    {"certainly! below", CHAT, 4.0f, BEGIN, GPT, "as above"},
    {"certainly, here is", CHAT, 3.0f, BEGIN, GPT, "papers of 2024"},
    {"of course! here", CHAT, 3.5f, BEGIN, GPT, "as above"},
    {"absolutely! here", CHAT, 3.5f, BEGIN, GPT, "as above"},
    {"sure! here", CHAT, 3.5f, BEGIN, GPT, "as above"},
    {"sure, here's a", CHAT, 3.0f, BEGIN, GPT, "as above"},
    {"sure, here is a", CHAT, 3.0f, BEGIN, GPT, "as above"},
    {"sure, here's an example", CHAT, 3.5f, BEGIN, GPT, "as above"},
    {"here's the rewritten", CHAT, 4.0f, BEGIN, GPT, "rewriting"},
    {"here is the rewritten", CHAT, 4.0f, BEGIN, GPT, "rewriting"},
    {"here's a rewritten", CHAT, 3.5f, BEGIN, GPT, "rewriting"},
    {"here is a rewritten", CHAT, 3.5f, BEGIN, GPT, "rewriting"},
    {"here's a revised version", CHAT, 2.5f, BEGIN, GPT, "rewriting; editors say it too"},
    {"here is a revised version", CHAT, 2.5f, BEGIN, GPT, "rewriting"},
    {"here's a news article based on", CHAT, 4.5f, BEGIN, GPT, "news to order"},
    {"here is a news article based on", CHAT, 4.5f, BEGIN, GPT, "news to order"},
    {"here's the article in markdown", CHAT, 4.5f, BEGIN, GPT, "auto-blogs"},
    {"i hope this helps! let me know if", CHAT, 3.0f, ANY, GPT, "forums have it rarely"},
    {"would you like me to expand", CHAT, 3.5f, ANY, GPT, "offers at the end"},
    {"if you'd like, i can", CHAT, 2.0f, BEGIN, GPT, "mail has it too"},
    {"let me know if you'd like me to", CHAT, 2.0f, ANY, GPT, "mail has it too"},
    {"aqu\xC3\xAD tienes el art\xC3\xAD"
     "culo en formato markdown",
     CHAT, 6.0f, ANY, GPT, "auto-blogs, 10 of 10"},
    {"aqu\xC3\xAD tienes el art\xC3\xAD"
     "culo en markdown",
     CHAT, 6.0f, ANY, GPT, "auto-blogs"},
    {"aqu\xC3\xAD tienes un art\xC3\xAD"
     "culo en markdown",
     CHAT, 6.0f, ANY, GPT, "auto-blogs"},
    {"hier ist der \xC3\xBC"
     "berarbeitete text",
     CHAT, 3.0f, BEGIN, GPT, "rewriting"},
    {"bien s\xC3\xBBr ! voici", CHAT, 3.0f, BEGIN, GPT, "as certainly! here"},

    /* Blanks to fill in: old templates have them, so they only help. */
    {"[insert @]", BLANK, 0.7f, ANY, GPT, "0 of 12 on public pages"},
    {"[insert date]", BLANK, 1.5f, ANY, GPT, "generated news"},
    {"[your name]", BLANK, 1.0f, ANY, GPT, "templates"},
    {"[author's name]", BLANK, 1.5f, ANY, GPT, "generated news"},
    {"[recipient's name]", BLANK, 1.2f, ANY, GPT, "templates"},
};

const size_t em_leak_pattern_count =
    sizeof(em_leak_patterns) / sizeof(em_leak_patterns[0]);
