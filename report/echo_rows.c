/* SPDX-License-Identifier: Apache-2.0 */
#include "report/echo_rows.h"

#include <math.h>

enum { EXCERPT = 300 };

/* "2 to 9.5 days" for people: few digits, and nothing where it is not known. */
static void put_number(FILE *out, double value)
{
    if (isnan(value))
        fputs("?", out);
    else
        fprintf(out, fabs(value) < 10 ? "%.1f" : "%.0f", value);
}

static uint32_t month_of(const struct em_echo *echo, size_t i)
{
    return em_date_month(echo->sites[i].date);
}

/* Calls of months in order with the number of sites first seen in each. */
static size_t months_run(const struct em_echo *echo, size_t from)
{
    size_t to = from + 1;
    while (to < echo->n_sites && month_of(echo, to) == month_of(echo, from))
        to++;
    return to;
}

/* --- JSON ----------------------------------------------------------------------------------- */

static void key_string(struct em_json *json, const char *key, struct em_view value)
{
    em_json_key(json, key);
    em_json_string_or_null(json, value);
}

static void key_number(struct em_json *json, const char *key, double value, int digits)
{
    em_json_key(json, key);
    em_json_fixed(json, value, digits);
}

static void key_u64(struct em_json *json, const char *key, uint64_t value)
{
    em_json_key(json, key);
    em_json_u64(json, value);
}

static void key_date(struct em_json *json, const char *key, int64_t date)
{
    char text[24];
    em_date_format(date, text);
    key_string(json, key, em_view_of(text));
}

static void write_first(struct em_json *json, const struct em_echo *echo)
{
    em_json_key(json, "first");
    em_json_object(json);
    key_date(json, "date", echo->sites[0].date);
    key_date(json, "published",
             echo->source.known ? echo->source.published : EM_DATE_UNKNOWN);
    key_string(json, "domain", echo->sites[0].domain);
    key_string(json, "url", echo->source.name);
    em_json_end(json);
}

static void write_months(struct em_json *json, const struct em_echo *echo)
{
    em_json_key(json, "months");
    em_json_object(json);
    for (size_t i = 0; i < echo->n_sites;) {
        char month[16];
        size_t next = months_run(echo, i);
        em_month_format(month_of(echo, i), month);
        key_u64(json, month[0] ? month : "unknown", next - i);
        i = next;
    }
    em_json_end(json);
}

static void write_growth(struct em_json *json, const struct em_growth *g)
{
    const double month = EM_GROWTH_MONTH;
    key_number(json, "growth_per_month", g->rate * month, 4);
    key_number(json, "growth_low", g->low * month, 4);
    key_number(json, "growth_high", g->high * month, 4);
    key_number(json, "doubling_days", g->doubling, 2);
    key_number(json, "doubling_low", g->doubling_low, 2);
    key_number(json, "doubling_high", g->doubling_high, 2);
}

static void write_machine(struct em_json *json, const struct em_echo *echo)
{
    double low, high;
    em_echo_share(echo->machine, echo->judged, &low, &high);
    bool none = echo->judged == 0;
    key_u64(json, "judged", echo->judged);
    key_number(json, "machine", none ? NAN : (double)echo->machine / (double)echo->judged,
               4);
    key_number(json, "machine_low", none ? NAN : low, 4);
    key_number(json, "machine_high", none ? NAN : high, 4);
}

static void write_known(struct em_json *json, const struct em_echo *echo)
{
    em_json_key(json, "known");
    if (echo->set.len == 0) {
        em_json_null(json);
        return;
    }
    em_json_object(json);
    key_string(json, "set", echo->set);
    key_string(json, "item", echo->item);
    key_string(json, "model", echo->model);
    key_number(json, "contained", echo->contained, 4);
    em_json_end(json);
}

static void write_written(struct em_json *json, const struct em_echo *echo)
{
    key_string(json, "written", em_view_of(em_echo_written_name(em_echo_written(echo))));
    key_number(json, "score", echo->scored ? echo->score : NAN, 4);
}

static enum em_status print_json(FILE *out, const struct em_echo *echo,
                                 struct em_view text, struct em_buf *line)
{
    struct em_json json;
    em_buf_clear(line);
    em_json_init(&json, line);
    em_json_object(&json);
    em_json_key(&json, "passage");
    em_json_hex(&json, echo->hashes[0]);
    key_string(&json, "kind", em_view_of(em_echo_kind_name(echo->kind)));
    write_first(&json, echo);
    key_u64(&json, "prints", echo->prints);
    key_u64(&json, "words", echo->words);
    key_u64(&json, "domains", echo->domains);
    em_json_key(&json, "domains_estimated");
    em_json_bool(&json, echo->more);
    key_u64(&json, "documents", echo->documents);
    key_u64(&json, "mirrors", echo->mirrors);
    write_months(&json, echo);
    write_growth(&json, &echo->growth);
    key_number(&json, "tenth_days", echo->tenth, 2);
    write_machine(&json, echo);
    write_known(&json, echo);
    write_written(&json, echo);
    em_json_key(&json, "domain_names");
    em_json_array(&json);
    for (size_t i = 0; i < echo->n_sites && i < 20; i++)
        em_json_string(&json, echo->sites[i].domain);
    em_json_end(&json);
    em_json_key(&json, "examples");
    em_json_array(&json);
    for (size_t i = 0; i < 3; i++)
        if (echo->examples[i].len)
            em_json_string(&json, echo->examples[i]);
    em_json_end(&json);
    key_string(&json, "text", text);
    em_json_end(&json);
    EM_TRY(em_json_finish(&json));
    return fwrite(line->data, 1, line->len, out) == line->len ? EM_OK : EM_ERR_IO;
}

/* --- CSV ------------------------------------------------------------------------------------- */

static void csv_text(FILE *out, struct em_view text)
{
    putc('"', out);
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '"')
            putc('"', out);
        putc(text.data[i], out);
    }
    putc('"', out);
}

static void csv_number(FILE *out, double value)
{
    em_csv_number(out, value, 4);
}

static enum em_status print_csv(FILE *out, const struct em_echo *echo,
                                struct em_view text)
{
    char date[24];
    double low, high;
    bool none = echo->judged == 0;
    em_echo_share(echo->machine, echo->judged, &low, &high);
    em_date_format(echo->sites[0].date, date);
    fprintf(out, "%016llx,%s,%s,", (unsigned long long)echo->hashes[0],
            em_echo_kind_name(echo->kind), date);
    csv_text(out, echo->sites[0].domain);
    putc(',', out);
    csv_text(out, echo->source.name);
    fprintf(out, ",%u,%u,%llu,%llu,%llu", echo->prints, echo->words,
            (unsigned long long)echo->domains, (unsigned long long)echo->documents,
            (unsigned long long)echo->mirrors);
    csv_number(out, echo->growth.rate * EM_GROWTH_MONTH);
    csv_number(out, echo->growth.low * EM_GROWTH_MONTH);
    csv_number(out, echo->growth.high * EM_GROWTH_MONTH);
    csv_number(out, echo->growth.doubling);
    csv_number(out, echo->growth.doubling_low);
    csv_number(out, echo->growth.doubling_high);
    csv_number(out, echo->tenth);
    fprintf(out, ",%llu", (unsigned long long)echo->judged);
    csv_number(out, none ? NAN : (double)echo->machine / (double)echo->judged);
    csv_number(out, none ? NAN : low);
    csv_number(out, none ? NAN : high);
    putc(',', out);
    csv_text(out, echo->set);
    putc(',', out);
    csv_text(out, echo->item);
    putc(',', out);
    csv_text(out, text);
    fprintf(out, ",%s", em_echo_written_name(em_echo_written(echo)));
    csv_number(out, echo->scored ? echo->score : NAN);
    return putc('\n', out) == EOF ? EM_ERR_IO : EM_OK;
}

/* --- for people -------------------------------------------------------------------------------- */

static void print_line(FILE *out, struct em_view text)
{
    size_t len = text.len < EXCERPT ? text.len : EXCERPT;
    while (len < text.len && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len++;
    for (size_t i = 0; i < len; i++)
        putc((unsigned char)text.data[i] < ' ' ? ' ' : text.data[i], out);
    fputs(len < text.len ? "...\n" : "\n", out);
}

static void print_spread(FILE *out, const struct em_echo *echo)
{
    fputs("    by month:", out);
    for (size_t i = 0; i < echo->n_sites;) {
        char month[16];
        size_t next = months_run(echo, i);
        em_month_format(month_of(echo, i), month);
        fprintf(out, " %s %zu", month[0] ? month : "unknown", next - i);
        i = next;
    }
    putc('\n', out);
    if (!isnan(echo->tenth)) {
        fputs("    tenth site after ", out);
        put_number(out, echo->tenth);
        fputs(" days\n", out);
    }
    if (!echo->growth.known)
        return;
    fputs("    growth ", out);
    put_number(out, echo->growth.rate * EM_GROWTH_MONTH);
    fputs(" a month (95 %: ", out);
    put_number(out, echo->growth.low * EM_GROWTH_MONTH);
    fputs(" to ", out);
    put_number(out, echo->growth.high * EM_GROWTH_MONTH);
    if (isnan(echo->growth.doubling)) {
        fputs(")\n", out);
        return;
    }
    fputs("), doubling in ", out);
    put_number(out, echo->growth.doubling);
    fputs(" days (", out);
    put_number(out, echo->growth.doubling_low);
    fputs(isnan(echo->growth.doubling_high) ? " or more" : " to ", out);
    if (!isnan(echo->growth.doubling_high))
        put_number(out, echo->growth.doubling_high);
    fputs(")\n", out);
}

static void print_written(FILE *out, const struct em_echo *echo)
{
    static const char *const texts[] = {
        [EM_ECHO_WRITTEN_UNCLEAR] = NULL,
        [EM_ECHO_WRITTEN_HUMAN] = "human",
        [EM_ECHO_WRITTEN_MACHINE] = "machine-written",
        [EM_ECHO_WRITTEN_KNOWN] = "known model output",
    };
    enum em_echo_written written = em_echo_written(echo);
    if (!texts[written])
        return;
    fprintf(out, "    the passage: %s", texts[written]);
    if (echo->scored)
        fprintf(out, "; judged alone: probability %.3f that a machine wrote it",
                echo->score);
    putc('\n', out);
}

static enum em_status print_table(FILE *out, const struct em_echo *echo,
                                  struct em_view text)
{
    char day[16];
    double low, high;
    em_date_format_day(echo->sites[0].date, day);
    fprintf(
        out, "%-10s  %s%llu sites  %llu documents  %u words  %s  %.*s\n",
        day[0] ? day : "?", echo->more ? "about " : "", (unsigned long long)echo->domains,
        (unsigned long long)echo->documents, echo->words, em_echo_kind_name(echo->kind),
        EM_VIEW_ARGS(echo->source.name.len ? echo->source.name : echo->sites[0].domain));
    print_spread(out, echo);
    if (echo->judged) {
        em_echo_share(echo->machine, echo->judged, &low, &high);
        fprintf(out,
                "    machine-written: %llu of %llu documents judged (%.0f to %.0f%%)\n",
                (unsigned long long)echo->machine, (unsigned long long)echo->judged,
                100 * low, 100 * high);
    }
    print_written(out, echo);
    if (echo->mirrors)
        fprintf(out, "    and %llu mirrors\n", (unsigned long long)echo->mirrors);
    if (echo->set.len)
        fprintf(out, "    known: %.*s of %.*s (%.*s)\n", EM_VIEW_ARGS(echo->item),
                EM_VIEW_ARGS(echo->set), EM_VIEW_ARGS(echo->model));
    for (size_t i = 0; i < 3; i++)
        if (echo->examples[i].len)
            fprintf(out, "    also %.*s\n", EM_VIEW_ARGS(echo->examples[i]));
    fputs("    ", out);
    if (text.len)
        print_line(out, text);
    else
        fputs("(source not available)\n", out);
    return ferror(out) ? EM_ERR_IO : EM_OK;
}

void em_echo_print_header(FILE *out, enum em_form form)
{
    if (form == EM_FORM_CSV)
        fputs("passage,kind,date,domain,url,prints,words,domains,documents,mirrors,"
              "growth_per_month,growth_low,growth_high,doubling_days,doubling_low,"
              "doubling_high,tenth_days,judged,machine,machine_low,machine_high,set,item,"
              "text,written,score\n",
              out);
}

enum em_status em_echo_print(FILE *out, enum em_form form, const struct em_echo *echo,
                             struct em_view text, struct em_buf *line)
{
    if (form == EM_FORM_JSON)
        return print_json(out, echo, text, line);
    return form == EM_FORM_CSV ? print_csv(out, echo, text)
                               : print_table(out, echo, text);
}

void em_echo_print_counts(FILE *out, const struct em_echoes *e, const char *model,
                          uint32_t others)
{
    fprintf(out, "model       %s", model[0] ? model : "none");
    if (others)
        fprintf(out, " (%u more in this index: --model)", others);
    fprintf(
        out,
        "\nprints      %llu, of which %llu on several sites and %llu on several pages "
        "of one\npassages    ",
        (unsigned long long)e->rows, (unsigned long long)e->shared,
        (unsigned long long)e->templates);
    for (int k = 0; k < EM_ECHO_KINDS; k++)
        fprintf(out, "%s%llu %s", k ? ", " : "", (unsigned long long)e->found[k],
                em_echo_kind_name((enum em_echo_kind)k));
    fprintf(out,
            "\nleft out    %llu with too few prints, %llu on too few sites when "
            "verified\nmirrors     %llu sites of %llu\n",
            (unsigned long long)e->single, (unsigned long long)e->unverified,
            (unsigned long long)e->mirrors, (unsigned long long)e->domains);
}
