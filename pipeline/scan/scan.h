/* SPDX-License-Identifier: Apache-2.0
 *
 * The coordinator: inputs to verdict lines, with any number of threads and one result.
 *
 *              reading (one thread at a time)            working (all threads)
 *     inputs ─ source ─ record ─ record ─ ... ─ batch ─> page ─ doc ─ verdict ─ line ─┐
 *                                               batch ─> ...                         │
 *     out <── lines of batch 0, 1, 2, ... in the order they were read <── ring ──────┘
 *
 * A worker takes the reading lock, fills a batch with the next records (a copy of each
 * block; about 2 MB), gives the lock back, turns its batch into lines, and puts it into the
 * ring. Whoever completes the oldest batch writes it and all complete ones after it. So
 * there is no reader thread to wait for, output order is input order, and memory is bounded
 * by the number of batches. With one thread records are worked on in place, uncopied.
 *
 * Everything counted travels with its batch and is added up in input order: the summary is
 * the same for any number of threads.
 */
#ifndef EM_PIPELINE_SCAN_H
#define EM_PIPELINE_SCAN_H

#include "base/buf.h"
#include "base/summary.h"
#include "crawler/archive/archive.h"
#include "crawler/page/extract.h"
#include "detector/detector.h"
#include "index/refs/refs.h"
#include "pipeline/scan/recorder.h"
#include "pipeline/scan/values.h"

#include <stdatomic.h>

/* In place of an offset: the reason is of the whole file, which could not be read or gave
 * no document. */
#define EM_SCAN_WHOLE UINT64_MAX

/* Called with records damaged, and files that gave nothing, in input order. */
typedef void em_scan_damage_fn(void *context, const char *file, uint64_t offset,
                               const char *reason);
/* Lines ready to be written, whole ones; false stops the scan (disk full, closed pipe). */
typedef bool em_scan_write_fn(void *context, struct em_view lines);

/* How far a scan is, by stored bytes or by files: 0 to 1, negative where it is not known. */
struct em_scan_share {
    double done; /* of the whole */
    double
        fresh; /* of what was not in the index before: the measure of this run's speed */
};

/* About twice a second, from whichever thread writes. */
typedef void em_scan_progress_fn(void *context, const struct em_summary *so_far,
                                 const struct em_scan_share *share);

/* Makes all lines written so far safe (fsync) and says how long the output is now, in bytes;
 * false when that fails. Before every commit to an index. */
typedef bool em_scan_flush_fn(void *context, uint64_t *length);

/* Appends what is to be written of one record: a document with its verdict (NULL without a
 * model), or, with doc NULL, a drop. */
typedef enum em_status em_scan_format_fn(struct em_buf *lines, const struct em_page *page,
                                         const struct em_doc *doc,
                                         const struct em_verdict *verdict,
                                         enum em_drop drop);

/* A record on its way through the coordinator: what it is, and what became of it. */
struct em_scan_item {
    const struct em_record *record;
    const struct em_page *page; /* origin, url and date always; more of a document */
    const struct em_doc *doc;   /* NULL for a drop */
    const struct em_verdict *verdict; /* NULL for a drop, or without model and sets */
    enum em_drop drop;
    struct em_scan_again *again; /* for em_scan_again() */
};

/* Judges another text of an item's page, with memory of its own: what the item holds stays.
 * `page` is the item's with another body; *doc and *verdict are filled as an item's would be
 * and live until the next call. *drop: why there is no document in it; then neither is. */
EM_MUST_CHECK enum em_status em_scan_again(struct em_scan_again *again,
                                           const struct em_page *page, struct em_doc *doc,
                                           struct em_verdict *verdict, enum em_drop *drop,
                                           struct em_err *err);

/* Map: a record becomes any number of values (em_scan_values_add()); from any thread, for
 * every record, dropped ones as well. The item and all it points to are gone afterwards. */
typedef enum em_status em_scan_map_fn(void *context, struct em_scan_values *values,
                                      const struct em_scan_item *item);
/* Reduce: the values, one call each, in input order and from one thread at a time; gone
 * afterwards. A status below 0 ends the scan with it. */
typedef enum em_status em_scan_reduce_fn(void *context, const void *value,
                                         struct em_err *err);

/* Records of a sample in one input. */
struct em_pick {
    uint64_t offset; /* where it is stored */
    double weight;   /* inverse probability of having been chosen */
};
struct em_picks {
    const struct em_pick *items; /* by offset; NULL: all records */
    size_t n;
    double weight; /* of all records where there are no items; 0: 1 */
};

struct em_scan_options {
    const char *const *files; /* in the order of output */
    size_t n_files;
    /* One for each file, or NULL: whole files. Records of a piece are numbered by where
     * they are stored, which does not depend on the other pieces. */
    const struct em_range *ranges;
    /* One for each file, or NULL: all records. Of a range with picks nothing else is read,
     * and a record begins at its first byte. */
    const struct em_picks *picks;
    uint32_t threads; /* at least 1 */
    struct em_source_options source;
    struct em_extract_options extract;
    struct em_detect_options detect;
    const struct em_model *model;    /* NULL: text and language only, no verdicts */
    const struct em_refs_sets *refs; /* NULL or empty: no matches */
    bool match_alone;                /* matches without a model too: `map` then
                                         gets a verdict that abstains but for them */
    bool drops;                      /* a line for each dropped record as well */
    em_scan_format_fn *format;       /* NULL: count only */
    em_scan_map_fn *map;             /* may be NULL; instead of a format */
    em_scan_reduce_fn *reduce;       /* needed with map */
    struct em_recorder *recorder;    /* NULL: no index */
    em_scan_flush_fn *flush;         /* needed with a recorder */
    const atomic_int *stop;          /* becomes non-zero: finish what was begun */
    em_scan_write_fn *write;         /* needed with a format */
    em_scan_damage_fn *damage;
    em_scan_progress_fn *progress; /* may be NULL */
    void *context;                 /* for the callbacks */
};

/* EM_OK also when some inputs were damaged or could not be opened (see the summary);
 * negative when the run itself failed: memory, threads, or the writer. */
EM_MUST_CHECK enum em_status em_scan_run(const struct em_scan_options *options,
                                         struct em_summary *summary, struct em_err *err);

#endif
