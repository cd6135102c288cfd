/* SPDX-License-Identifier: Apache-2.0 */
#include "detector/learn/families.h"

#include <stdio.h>
#include <string.h>

enum { LINE_MAX_BYTES = 1024, NAME_MAX_BYTES = 256 };

/* The number of the family `name`, which is added when it is new; -1 for "-"; -2 when it
 * cannot be. */
static int number_of(struct em_families *f, const char *name)
{
    if (strcmp(name, "-") == 0)
        return -1;
    for (uint32_t i = 0; i < f->n; i++)
        if (strcmp(f->names[i], name) == 0)
            return (int)i;
    if (!em_writers_proper_name(name) || f->n == EM_WRITERS_MAX)
        return -2;
    snprintf(f->names[f->n], sizeof(f->names[0]), "%s", name);
    return (int)f->n++;
}

static const char *families_add(struct em_families *f, char *line)
{
    char *tab = strchr(line, '\t');
    if (!tab || tab == line)
        return "not a pattern, a tab and a family";
    *tab = 0;
    if (f->n_patterns == EM_FAMILIES_MAX_PATTERNS)
        return "too many patterns";
    int family = number_of(f, tab + 1);
    if (family == -2)
        return "too many families, or a name that is not of letters, digits, '.' and '-'";
    if (regcomp(&f->patterns[f->n_patterns], line,
                REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
        return "not a regular expression";
    f->family[f->n_patterns++] = (int8_t)family;
    return NULL;
}

enum em_status em_families_read(struct em_families *families, const char *path,
                                struct em_err *err)
{
    char line[LINE_MAX_BYTES];
    const char *wrong = NULL;
    unsigned number = 0;
    families->n = families->n_patterns = 0;
    FILE *in = fopen(path, "r");
    if (!in)
        return em_fail(err, EM_ERR_IO, "families", "cannot open '%s'", path);
    while (!wrong && fgets(line, sizeof(line), in)) {
        number++;
        line[strcspn(line, "\r\n")] = 0;
        if (*line && *line != '#')
            wrong = families_add(families, line);
    }
    fclose(in);
    if (wrong)
        return em_fail(err, EM_ERR_FORMAT, "families", "'%s', line %u: %s", path, number,
                       wrong);
    if (families->n < 2)
        return em_fail(err, EM_ERR_FORMAT, "families",
                       "'%s' names fewer than two families", path);
    return EM_OK;
}

void em_families_release(struct em_families *families)
{
    for (uint32_t i = 0; i < families->n_patterns; i++)
        regfree(&families->patterns[i]);
    families->n = families->n_patterns = 0;
}

int em_families_find(const struct em_families *families, struct em_view model)
{
    char name[NAME_MAX_BYTES];
    if (model.len == 0 || model.len >= sizeof(name))
        return -1;
    memcpy(name, model.data, model.len);
    name[model.len] = 0;
    for (uint32_t i = 0; i < families->n_patterns; i++)
        if (regexec(&families->patterns[i], name, 0, NULL, 0) == 0)
            return families->family[i];
    return -1;
}
