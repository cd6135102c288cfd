/* SPDX-License-Identifier: Apache-2.0
 *
 * The degree of editing: what share of a text's words a model changed, had a person written it
 * first. The truth it was fitted to is one less the longest common subsequence over the longer
 * of original and edited text, in words; a text that a model wrote alone has some .9 of it.
 */
#ifndef EM_DETECTOR_EDITED_H
#define EM_DETECTOR_EDITED_H

/* From the log-odds by style, under a prior of one half; 0 to 1. Negative for a language where
 * it was not measured. bench/edited.sh is how it was fitted, and says how far it is off. */
double em_edited(const char *lang, double log_odds);

#endif
