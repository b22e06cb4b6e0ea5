/*
 * policy/map.h - the data map: who gives what, where it lies and how long, what for, who gets it.
 *
 * An SVG of four fixed columns with a layout of its own. It has no scripts and
 * fetches nothing; the same policy gives the same bytes. Widths of letters are
 * those of a wide sans font, so that other fonts fit too.
 */
#ifndef TROTH_POLICY_MAP_H
#define TROTH_POLICY_MAP_H

#include "policy/policy.h"

enum map_look { MAP_AUTO, MAP_LIGHT, MAP_DARK }; /* auto: as the reader's system likes it */

/* scratch: for the layout, a few hundred bytes for each box and edge. False when it or `out` is too small. */
MUST_USE bool policy_map_svg(const struct policy *policy, enum map_look look, struct arena *scratch, struct buf *out);

#endif
