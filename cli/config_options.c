/* SPDX-License-Identifier: Apache-2.0
 *
 * Settings into the options of the same names.
 */
#include "cli/config_options.h"

#include <string.h>
#include <strings.h>

static bool is_other(struct em_config *config, const char *path, const char *what,
                     struct em_err *err)
{
    em_fail(err, EM_ERR_FORMAT, "config", "%.120s:%u: '%.60s' is %s, not '%.40s'",
            em_config_name(config), em_config_line(config, path), path, what,
            em_config_get(config, path));
    return false;
}

bool em_config_u64(struct em_config *config, const char *path, uint64_t *out,
                   struct em_err *err)
{
    const char *text = em_config_get(config, path);
    if (!text)
        return false;
    return em_option_u64(text, out) || is_other(config, path, "a whole number", err);
}

bool em_config_double(struct em_config *config, const char *path, double *out,
                      struct em_err *err)
{
    const char *text = em_config_get(config, path);
    if (!text)
        return false;
    return em_option_double(text, out) || is_other(config, path, "a number", err);
}

bool em_config_bool(struct em_config *config, const char *path, bool *out,
                    struct em_err *err)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    const char *text = em_config_get(config, path);
    if (!text)
        return false;
    for (int i = 0; i < 6; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = i % 2;
            return true;
        }
    return is_other(config, path, "true or false", err);
}

static enum em_status set_option(struct em_config *config, const char *path,
                                 const struct em_option *o, struct em_err *err)
{
    struct em_err wrong_value = {.status = EM_OK};
    if (o->kind == EM_OPT_FLAG)
        em_config_bool(config, path, o->target, &wrong_value);
    if (o->kind == EM_OPT_U64)
        em_config_u64(config, path, o->target, &wrong_value);
    if (o->kind == EM_OPT_DOUBLE)
        em_config_double(config, path, o->target, &wrong_value);
    if (o->kind == EM_OPT_STRING && em_config_get(config, path))
        *(const char **)o->target = em_config_get(config, path);
    if (o->kind == EM_OPT_STRINGS) {
        struct em_strings *list = o->target;
        size_t room = EM_MAX_STRINGS - list->n;
        size_t n = em_config_list(config, path, list->items + list->n, room);
        if (n > room)
            return em_fail(err, EM_ERR_FORMAT, "config", "%.120s: '%.60s' has over %d",
                           em_config_name(config), path, EM_MAX_STRINGS);
        list->n += n;
    }
    if (wrong_value.status < 0 && err)
        *err = wrong_value;
    return wrong_value.status;
}

enum em_status em_config_options(struct em_config *config, const char *section,
                                 const struct em_option *options, struct em_err *err)
{
    char path[EM_CONFIG_PATH];
    for (const struct em_option *o = options; o->kind != EM_OPT_END; o++) {
        snprintf(path, sizeof(path), "%s%s%s", section, *section ? "." : "", o->name);
        EM_TRY(set_option(config, path, o, err));
    }
    return EM_OK;
}

const char *em_config_named(int argc, char *const *argv, const char *name)
{
    const char *value = NULL;
    size_t len = strlen(name);
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--", 2) != 0 || strncmp(argv[i] + 2, name, len) != 0)
            continue;
        if (argv[i][2 + len] == '=')
            value = argv[i] + 3 + len;
        else if (argv[i][2 + len] == '\0' && i + 1 < argc)
            value = argv[++i];
    }
    return value;
}
