/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/scan_index.h"

#include "cli/cli.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *reopen_output(const char *path, uint64_t known)
{
    struct stat st;
    FILE *out = fopen(path, "r+b");
    if (!out || fstat(fileno(out), &st) != 0) {
        em_error("cannot go on writing '%s' where the index stopped: %s", path,
                 strerror(errno));
    } else if ((uint64_t)st.st_size < known) {
        em_error("'%s' has %llu bytes, but the index vouches for %llu: it cannot be "
                 "continued; name another output",
                 path, (unsigned long long)st.st_size, (unsigned long long)known);
    } else if (ftruncate(fileno(out), (off_t)known) != 0 ||
               fseeko(out, 0, SEEK_END) != 0) {
        em_error("cannot cut '%s' back: %s", path, strerror(errno));
    } else {
        return out;
    }
    if (out)
        fclose(out);
    return NULL;
}

static FILE *open_output(struct em_scan_index *index, const char *path,
                         struct em_err *err)
{
    if (!path || strcmp(path, "-") == 0)
        return stdout;
    if (em_recorder_note_output(index->recorder, path) < 0 ||
        em_recorder_output(index->recorder, path, &index->known, err) < 0) {
        em_error_report(path, err);
        return NULL;
    }
    return index->known ? reopen_output(path, index->known) : em_output_open(path);
}

FILE *em_scan_index_open(struct em_scan_index *index, const char *dir,
                         const struct em_model *model, const struct em_inputs *inputs,
                         const struct em_range *ranges, const char *path, double interval)
{
    struct em_err err = {.status = EM_OK};
    *index = (struct em_scan_index){.known = 0};
    enum em_status status = em_recorder_open_ranges(&index->recorder, dir, model,
                                                    (const char *const *)inputs->paths,
                                                    ranges, inputs->n, &err);
    if (status < 0) {
        em_error_report("scan", &err);
        return NULL;
    }
    if (interval > 0)
        em_recorder_set_interval(index->recorder, interval);
    FILE *out = open_output(index, path, &err);
    if (!out)
        em_scan_index_close(index);
    return out;
}

void em_scan_index_close(struct em_scan_index *index)
{
    em_recorder_free(index->recorder);
    index->recorder = NULL;
}

bool em_scan_index_flush(FILE *out, uint64_t *length)
{
    if (fflush(out) != 0)
        return false;
    *length = 0;
    if (out == stdout)
        return true;
    off_t at = ftello(out);
    *length = at > 0 ? (uint64_t)at : 0;
    return at >= 0 && (fsync(fileno(out)) == 0 || errno == EINVAL || errno == ENOTSUP);
}
