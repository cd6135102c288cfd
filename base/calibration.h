/* SPDX-License-Identifier: Apache-2.0
 *
 * The calibration block: what a model's scores look like on sources that it did not learn
 * from. It travels from training into the model file, and from there into every index that
 * the model judged for, so that estimates and thresholds need no other file.
 *
 * Scores are raw log-odds: for a prior of one half. Sources of a class count the same.
 */
#ifndef EM_BASE_CALIBRATION_H
#define EM_BASE_CALIBRATION_H

#include "base/buf.h"

#include <stdint.h>

enum {
    EM_SCORE_BINS = 64,           /* of 0.25 from -8 to 8, the outer ones open */
    EM_CALIBRATION_FINE = 1024,   /* bins of 1/32 from -8 to 24, the outer ones open */
    EM_CALIBRATION_SOURCES = 1024 /* at most */
};

/* Rates that may be asked for, where the block can tell them. */
#define EM_CALIBRATION_LEAST_RATE 0.0005
#define EM_CALIBRATION_MOST_RATE  0.1

unsigned em_score_bin(double log_odds);
double em_score_bin_middle(unsigned bin);
/* Of the lexical ratio: width 0.5 from -16 to 16. */
unsigned em_lexical_bin(double ratio);
double em_lexical_bin_middle(unsigned bin);

struct em_calibration_source {
    char name[64], owner[64]; /* NUL-terminated, as the next */
    char kind[32];            /* register of human text; kind of machine */
    bool machine;
    uint16_t year;      /* 0: not known */
    uint32_t n;         /* texts scored */
    uint32_t abstained; /* texts not scored */
    uint32_t marked;    /* of those in `lexical`: with a marker word */
    uint32_t bins[EM_SCORE_BINS], lexical[EM_SCORE_BINS];
    uint32_t fine[EM_CALIBRATION_FINE]; /* human sources: the same scores in finer bins */
};

struct em_calibration {
    bool own; /* claims hold for texts like those measured; else for unseen kinds too */
    char lang[16];
    char measured[256];
    float threshold,
        human_below; /* log-odds: machine from the first, human below the other */
    float rate;      /* of human text that `threshold` was set for */
    struct em_calibration_source *sources; /* owned */
    uint32_t n, cap;
};

void em_calibration_init(struct em_calibration *block);
void em_calibration_release(struct em_calibration *block);
/* A new source, zeroed but for its names (cut where too long). EM_ERR_LIMIT, EM_ERR_NOMEM. */
EM_MUST_CHECK enum em_status em_calibration_add(struct em_calibration *block,
                                                struct em_view name, struct em_view owner,
                                                struct em_view kind, bool machine,
                                                struct em_calibration_source **out);
/* One text's score. */
void em_calibration_count(struct em_calibration_source *source, double log_odds);
/* Sorts the sources. */
void em_calibration_finish(struct em_calibration *block);

EM_MUST_CHECK enum em_status em_calibration_pack(struct em_buf *out,
                                                 const struct em_calibration *block);
/* Untrusted bytes: every count is checked. *block must be released. */
EM_MUST_CHECK enum em_status em_calibration_unpack(struct em_calibration *block,
                                                   struct em_view bytes);

/* --- rates ------------------------------------------------------------------------------- */

enum { EM_CALIBRATION_LEAST_TEXTS = 50 }; /* of a source, to have a say in a rate */

struct em_measured_rate {
    double share;     /* of human text at or above it: mean over sources */
    double low, high; /* 95 % interval: sources drawn again, and texts in them */
    uint64_t texts;
    uint32_t sources;
};
/* What was measured of human text at `log_odds`. NaN without sources. */
void em_calibration_rate_at(const struct em_calibration *block, double log_odds,
                            struct em_measured_rate *out);
/* The lowest edge of a fine bin at which the mean share is at most `share`. NaN where the
 * texts are too few to show so low a share. */
double em_calibration_log_odds_for(const struct em_calibration *block, double share);

#endif
