/* SPDX-License-Identifier: Apache-2.0
 *
 * Options from a table: parsing and help.
 */
#include "base/meter.h"
#include "cli/cli.h"
#include "base/suggest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMN = 26, HELP_WIDTH = 88 };

static void print_wrapped(FILE *out, const char *text)
{
    size_t column = HELP_COLUMN;
    while (*text) {
        size_t word = strcspn(text, " ");
        if (column > HELP_COLUMN && column + 1 + word > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct em_option *o)
{
    char left[80];
    int n = snprintf(left, sizeof(left), "  %c%c%s--%s%s%s", o->letter ? '-' : ' ',
                     o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                     o->value ? " " : "", o->value ? o->value : "");
    if (n >= HELP_COLUMN - 1)
        fprintf(out, "%s\n%*s", left, HELP_COLUMN, "");
    else
        fprintf(out, "%-*s", HELP_COLUMN, left);
    print_wrapped(out, o->help);
}

static void print_help(const struct em_command *command, const struct em_option *options)
{
    printf("usage: echometer %s [OPTION...]%s%s\n\n%c%s.\n\n", command->name,
           *command->arguments ? " " : "", command->arguments,
           command->summary[0] - 'a' + 'A', command->summary + 1);
    if (command->description)
        printf("%s\n\n", command->description);
    puts("options:");
    for (const struct em_option *o = options; o->kind != EM_OPT_END; o++)
        print_option(stdout, o);
    print_option(stdout, &(struct em_option){EM_OPT_FLAG, 'h', "help", NULL, NULL,
                                             "Print this help."});
}

static const struct em_option *find_long(const struct em_option *options,
                                         const char *name, size_t len)
{
    for (const struct em_option *o = options; o->kind != EM_OPT_END; o++)
        if (strlen(o->name) == len && memcmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static const struct em_option *find_letter(const struct em_option *options, char letter)
{
    for (const struct em_option *o = options; o->kind != EM_OPT_END; o++)
        if (o->letter && o->letter == letter)
            return o;
    return NULL;
}

bool em_option_u64(const char *text, uint64_t *out)
{
    char *end;
    errno = 0;
    if (*text < '0' || *text > '9')
        return false;
    unsigned long long n = strtoull(text, &end, 10);
    unsigned long long unit = 1;
    if (*end == 'k' || *end == 'K')
        unit = 1000;
    if (*end == 'M')
        unit = 1000000;
    if (*end == 'G')
        unit = 1000000000;
    if (unit != 1)
        end++;
    unsigned long long product;
    if (errno || *end || __builtin_mul_overflow(n, unit, &product))
        return false;
    *out = product;
    return true;
}

bool em_option_double(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    if (end != text && *end == '%') {
        *out /= 100;
        end++;
    }
    return end != text && !*end && isfinite(*out);
}

static int set_value(const struct em_command *command, const struct em_option *o,
                     const char *value)
{
    bool ok = true;
    if (o->kind == EM_OPT_FLAG)
        *(bool *)o->target = true;
    if (o->kind == EM_OPT_STRING)
        *(const char **)o->target = value;
    if (o->kind == EM_OPT_U64)
        ok = em_option_u64(value, o->target);
    if (o->kind == EM_OPT_DOUBLE)
        ok = em_option_double(value, o->target);
    if (o->kind == EM_OPT_STRINGS) {
        struct em_strings *list = o->target;
        if (list->n == EM_MAX_STRINGS)
            return em_usage_error(command, "--%s at most %d times", o->name,
                                  EM_MAX_STRINGS);
        list->items[list->n++] = value;
    }
    if (!ok)
        return em_usage_error(command, "--%s needs a number, not '%s'", o->name, value);
    return EM_EXIT_OK;
}

static int unknown_option(const struct em_command *command,
                          const struct em_option *options, const char *arg)
{
    struct em_suggestion s = {.typed = arg + 2, .typed_len = strcspn(arg + 2, "=")};
    if (arg[1] != '-')
        return em_usage_error(command, "unknown option '%s'", arg);
    for (const struct em_option *o = options; o->kind != EM_OPT_END; o++)
        em_suggest(&s, o->name);
    if (!s.name)
        return em_usage_error(command, "unknown option '%s'", arg);
    return em_usage_error(command, "unknown option '%s'; did you mean --%s?", arg,
                          s.name);
}

/* One argument that begins with '-'; *i moves on when the value is the next argument. */
static int parse_one(const struct em_command *command, const struct em_option *options,
                     int argc, char **argv, int *i)
{
    const char *arg = argv[*i];
    const char *value = NULL;
    const struct em_option *o;
    if (arg[1] == '-') {
        size_t len = strcspn(arg + 2, "=");
        o = find_long(options, arg + 2, len);
        if (arg[2 + len] == '=')
            value = arg + 2 + len + 1;
    } else {
        o = find_letter(options, arg[1]);
        if (arg[2])
            value = arg + 2;
    }
    if (!o)
        return unknown_option(command, options, arg);
    if (o->kind == EM_OPT_FLAG && value)
        return em_usage_error(command, "--%s takes no value", o->name);
    if (o->kind != EM_OPT_FLAG && !value) {
        if (*i + 1 >= argc)
            return em_usage_error(command, "--%s needs a value", o->name);
        value = argv[++*i];
    }
    return set_value(command, o, value);
}

int em_options_parse(const struct em_command *command, const struct em_option *options,
                     int argc, char **argv, int *operands)
{
    int n = 0;
    bool only_operands = false;
    for (int i = 1; i < argc; i++) {
        const char *arg = argv[i];
        if (only_operands || arg[0] != '-' || !arg[1]) {
            argv[1 + n++] = argv[i];
            continue;
        }
        if (strcmp(arg, "--") == 0) {
            only_operands = true;
            continue;
        }
        if (strcmp(arg, "--help") == 0 || strcmp(arg, "-h") == 0) {
            print_help(command, options);
            return -1;
        }
        int code = parse_one(command, options, argc, argv, &i);
        if (code != EM_EXIT_OK)
            return code;
    }
    *operands = n;
    const struct em_option *quiet = find_long(options, "quiet", 5);
    if (command->meters && !(quiet && *(const bool *)quiet->target))
        em_meter_start(command->name);
    return EM_EXIT_OK;
}
