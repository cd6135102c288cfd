/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/check/prose.h"

#include <string.h>
#include <strings.h>

/* --- by name ----------------------------------------------------------------------------- */

static const struct {
    const char *extension;
    enum em_prose_kind kind;
} extensions[] = {
    {"md", EM_PROSE_MARKDOWN},    {"markdown", EM_PROSE_MARKDOWN},
    {"mdown", EM_PROSE_MARKDOWN}, {"mkd", EM_PROSE_MARKDOWN},
    {"mdx", EM_PROSE_MARKDOWN},   {"qmd", EM_PROSE_MARKDOWN},
    {"rst", EM_PROSE_RST},        {"rest", EM_PROSE_RST},
    {"adoc", EM_PROSE_ASCIIDOC},  {"asciidoc", EM_PROSE_ASCIIDOC},
    {"org", EM_PROSE_ORG},        {"txt", EM_PROSE_PLAIN},
    {"text", EM_PROSE_PLAIN},     {"html", EM_PROSE_HTML},
    {"htm", EM_PROSE_HTML},       {"xhtml", EM_PROSE_HTML},
};

/* Names without an extension that are never prose. */
static const char *const not_prose[] = {"Makefile",    "GNUmakefile", "Dockerfile",
                                        "Jenkinsfile", "Vagrantfile", "Gemfile",
                                        "Rakefile",    "Procfile",    "configure"};

enum em_prose_kind em_prose_kind_of(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    if (!dot || dot == name) {
        for (size_t i = 0; i < sizeof(not_prose) / sizeof(not_prose[0]); i++)
            if (strcmp(name, not_prose[i]) == 0)
                return EM_PROSE_NONE;
        return dot ? EM_PROSE_NONE : EM_PROSE_PLAIN;
    }
    for (size_t i = 0; i < sizeof(extensions) / sizeof(extensions[0]); i++)
        if (strcasecmp(dot + 1, extensions[i].extension) == 0)
            return extensions[i].kind;
    return EM_PROSE_NONE;
}

bool em_prose_is_vendored(const char *path)
{
    static const char *const folders[] = {
        "node_modules", "vendor",        "third_party", "third-party",
        "thirdparty",   "site-packages", "__pycache__", "bower_components"};
    for (const char *p = path; p && *p;) {
        size_t n = strcspn(p, "/");
        for (size_t i = 0; p[n] && i < sizeof(folders) / sizeof(folders[0]); i++)
            if (n == strlen(folders[i]) && memcmp(p, folders[i], n) == 0)
                return true;
        p += n + (p[n] == '/');
    }
    return false;
}

/* --- by content -------------------------------------------------------------------------- */

static bool view_contains(struct em_view text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.len; i++)
        if (strncasecmp(text.data + i, word, n) == 0)
            return true;
    return false;
}

/* The line that begins at `from`, without its line feed. */
static struct em_view line_at(struct em_view text, size_t from)
{
    const char *end = memchr(text.data + from, '\n', text.len - from);
    return em_view_make(text.data + from,
                        end ? (size_t)(end - text.data) - from : text.len - from);
}

bool em_prose_is_generated(struct em_view text)
{
    enum { FIRST_LINES = 12 };
    size_t from = 0;
    for (int i = 0; i < FIRST_LINES && from < text.len; i++) {
        struct em_view line = line_at(text, from);
        bool made = view_contains(line, "generated") || view_contains(line, "created by");
        if (view_contains(line, "@generated") ||
            (made &&
             (view_contains(line, "do not edit") || view_contains(line, "don't edit") ||
              view_contains(line, "do not modify"))))
            return true;
        from += line.len + 1;
    }
    return false;
}

/* What a line of markup is part of. */
struct blanking {
    enum em_prose_kind kind;
    char *text;           /* the copy */
    bool inside;          /* a block that is not prose */
    struct em_view fence; /* what began it, and ends it */
    size_t number;        /* of the line, from 1 */
};

static size_t line_indent(struct em_view line)
{
    size_t n = 0, width = 0;
    for (; n < line.len && (line.data[n] == ' ' || line.data[n] == '\t'); n++)
        width += line.data[n] == '\t' ? 4 : 1;
    return width;
}

static struct em_view line_trim(struct em_view line)
{
    while (line.len && (line.data[0] == ' ' || line.data[0] == '\t'))
        line = em_view_sub(line, 1, line.len - 1);
    while (line.len && strchr(" \t\r", line.data[line.len - 1]))
        line.len--;
    return line;
}

/* A run of at least three of one of `marks` at the beginning of a line, or empty. */
static struct em_view line_fence(struct em_view line, const char *marks)
{
    size_t n = 0;
    if (line.len == 0 || !strchr(marks, line.data[0]))
        return EM_VIEW_NONE;
    while (n < line.len && line.data[n] == line.data[0])
        n++;
    return n >= 3 ? em_view_sub(line, 0, n) : EM_VIEW_NONE;
}

static bool view_begins(struct em_view line, const char *word)
{
    size_t n = strlen(word);
    return line.len >= n && strncasecmp(line.data, word, n) == 0;
}

/* Markdown: ``` and ~~~, front matter between --- or +++ at the top, rows of tables. */
static bool markdown_is_code(struct blanking *b, struct em_view line)
{
    struct em_view fence = line_fence(line, "`~");
    if (b->inside) {
        bool ends = b->fence.data[0] == '-' || b->fence.data[0] == '+'
                        ? em_view_eq(line, b->fence)
                        : fence.len >= b->fence.len && fence.len == line.len &&
                              fence.data[0] == b->fence.data[0];
        b->inside = !ends;
        return true;
    }
    if (b->number == 1 &&
        (em_view_eq(line, em_view_of("---")) || em_view_eq(line, em_view_of("+++"))))
        fence = line;
    b->inside = fence.len > 0;
    b->fence = fence;
    return b->inside || (line.len > 1 && line.data[0] == '|');
}

/* reStructuredText: what is indented below "::" or a directive of code; tables. */
static bool rst_is_code(struct blanking *b, struct em_view whole, struct em_view line)
{
    if (b->inside && (line.len == 0 || line_indent(whole) > 0))
        return true;
    b->inside = (line.len >= 2 && memcmp(line.data + line.len - 2, "::", 2) == 0) ||
                view_begins(line, ".. code") || view_begins(line, ".. sourcecode") ||
                view_begins(line, ".. highlight") || view_begins(line, ".. math") ||
                view_begins(line, ".. image") || view_begins(line, ".. toctree");
    return view_begins(line, ".. ") || line_fence(line, "=-+~^\"#*").len == line.len ||
           (line.len && (line.data[0] == '+' || line.data[0] == '|'));
}

/* AsciiDoc: ----, ...., ++++, //// and |=== around what is not prose; attributes. */
static bool asciidoc_is_code(struct blanking *b, struct em_view line)
{
    struct em_view fence = line_fence(line, "-.+/");
    if (view_begins(line, "|==="))
        fence = line;
    if (b->inside) {
        b->inside = !em_view_eq(line, b->fence);
        return true;
    }
    b->inside = fence.len >= 4 && fence.len == line.len;
    b->fence = fence;
    return b->inside || view_begins(line, "include::") || view_begins(line, "image::") ||
           (line.len && (line.data[0] == ':' || line.data[0] == '['));
}

/* Org: #+BEGIN_SRC to #+END_SRC and what is like it; keywords, drawers, tables. */
static bool org_is_code(struct blanking *b, struct em_view line)
{
    if (b->inside) {
        b->inside = !view_begins(line, "#+end_");
        return true;
    }
    b->inside = view_begins(line, "#+begin_src") ||
                view_begins(line, "#+begin_example") ||
                view_begins(line, "#+begin_export");
    return b->inside || view_begins(line, "#+") ||
           (line.len && (line.data[0] == '|' || line.data[0] == ':'));
}

static bool line_is_code(struct blanking *b, struct em_view whole)
{
    struct em_view line = line_trim(whole);
    switch (b->kind) {
    case EM_PROSE_MARKDOWN:
        return markdown_is_code(b, line);
    case EM_PROSE_RST:
        return rst_is_code(b, whole, line);
    case EM_PROSE_ASCIIDOC:
        return asciidoc_is_code(b, line);
    case EM_PROSE_ORG:
        return org_is_code(b, line);
    case EM_PROSE_NONE:
    case EM_PROSE_PLAIN:
    case EM_PROSE_HTML:
        break;
    }
    return false;
}

/* <!-- ... --> in Markdown, whatever lines it spans. */
static void blank_comments(char *text, size_t len)
{
    bool inside = false;
    for (size_t i = 0; i < len; i++) {
        if (!inside && len - i >= 4 && memcmp(text + i, "<!--", 4) == 0)
            inside = true;
        bool ends = inside && len - i >= 3 && memcmp(text + i, "-->", 3) == 0;
        if (ends)
            memset(text + i, ' ', 3);
        if (inside && text[i] != '\n')
            text[i] = ' ';
        inside = inside && !ends;
    }
}

enum em_status em_prose_only(enum em_prose_kind kind, struct em_view text,
                             struct em_buf *out)
{
    em_buf_clear(out);
    EM_TRY(em_buf_append_view(out, text));
    struct blanking b = {.kind = kind, .text = out->data};
    for (size_t from = 0; from < text.len;) {
        struct em_view line = line_at(text, from);
        b.number++;
        if (line_is_code(&b, line))
            memset(b.text + from, ' ', line.len);
        from += line.len + 1;
    }
    if (kind == EM_PROSE_MARKDOWN)
        blank_comments(out->data, out->len);
    return EM_OK;
}
