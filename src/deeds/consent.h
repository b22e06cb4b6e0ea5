/*
 * deeds/consent.h - a person agrees to a purpose, takes it back, or asks what they agreed to.
 *
 * Consent counts for one purpose, one version of the text, and as long as the
 * policy says. With double opt-in it is pending until the code that was sent to
 * the person comes back. Withdrawing is as easy as giving and takes effect with
 * the very next deed. Mere use of the service never gives consent.
 */
#ifndef TROTH_DEEDS_CONSENT_H
#define TROTH_DEEDS_CONSENT_H

#include "deeds/deed.h"

enum consent_what { CONSENT_GIVE, CONSENT_TAKE_BACK, CONSENT_SEE };

struct consent_row {
    int purpose;
    enum policy_consent_state state;
    int64_t at_us;
    int64_t text_version;
    bool stands;                   /* given, not too old, of the present text */
};
enum { CONSENT_ROWS_MAX = 128 };

struct consent {
    struct deed deed;
    enum consent_what what;
    uint8_t subject[16];
    int about;                     /* the purpose it is about; POLICY_NONE with CONSENT_SEE: all */
    struct span code;              /* the confirmation code that came back; empty: none */
    /* reply */
    struct consent_row rows[CONSENT_ROWS_MAX];
    int row_count;
    char confirm[32];              /* pending: the code to send to the person; empty else */
};

void consent_need(struct consent *ask);
enum deed_end consent_run(struct consent *ask, struct err *err);

/* The state that counts for a decision. */
enum policy_consent_state consent_effective(const struct policy *policy, int64_t state,
                                            int64_t at_us, int64_t text_version, int64_t now_us);

/* Events retention counts from, and restriction of processing (GDPR Art. 18). */
struct person_set {
    struct deed deed;
    uint8_t subject[16];
    bool restriction;              /* else event */
    bool on;
    int event;
};
void person_set_need(struct person_set *ask);
enum deed_end person_set_run(struct person_set *ask, struct err *err);

#endif
