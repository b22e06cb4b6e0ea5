/*
 * policy/decide.h - the one decision: may this actor do this to these fields, now, for this purpose.
 *
 * Pure: no clock, no memory, no store; the same question always gets the same
 * verdict, which names the rule that decided. Whatever is not said is refused.
 *
 * The reasons are asked in this order, and the first that says no names the rule:
 *
 *   1  the operator never touches personal data          default.operator
 *   2  the person: erased, or held for the law alone     default.state
 *   3  a name the policy does not declare, also on this
 *      kind of server                                    default.closed-world
 *   4  the role may this purpose                         roles.X
 *   5  the task the role needs                           roles.X.needs
 *   6  another of the role has agreed, if one must       roles.X.second-person
 *   7  the task the purpose needs                        purposes.P.needs
 *   8  the relation the role is limited to               roles.X
 *   9  consent, where it is the basis                    purposes.P.basis
 *  10  restriction at the person's word (Art. 18)        rights.restrict
 *  11  what a child's data may serve                     children…
 *  12  a purpose for totals only reads nobody's row      purposes.P
 *  13  what is sealed to others is read by them alone    data.C.sealed-to, data.C.blind
 *  14  the fields                                        purposes.P, roles.X, default.hash-only
 *
 * What needed a choice, and why it was chosen so:
 *
 * Held. Only purposes the law demands, the sweep, and the person's own rights
 * pass. A right counts as the person's own also when a role that may "rights"
 * passes it on: someone held for the law alone has no account left to log in with.
 *
 * Restricted. Purposes the law demands, the person's consent to the purpose and
 * their own rights pass. The sweep waits: a person may restrict exactly because
 * they still need the data (Art. 18(1)(b), (c)). Telling an event for retention
 * passes, so that no clock is lost meanwhile.
 *
 * Rights. The subject over themself, or a role that may "rights", with what that
 * role needs and over whom it is limited to: read, write, erase, export, deeds,
 * consent, restrict. Never list: a right is about one person. Writing by rights
 * takes every stored field but hash-only ones: a password set by somebody at a
 * desk would be a stolen account. Categories of many records (invoices, grades)
 * are also statements of somebody else, so there the person or an application
 * cannot write by themselves; a member of staff who may "rights" looks first.
 *
 * Consent. Only the subject and roles that may "rights" give or withdraw it. A
 * role that merely lives from the consent (a mailer) would otherwise grant
 * itself what it wants. Only purposes whose basis is consent take one: a consent
 * that decides nothing misleads the person.
 *
 * Event. It starts a clock that ends in erasure, so who tells it must be a role
 * that may "rights", or one that writes in every category that counts from it.
 * It serves PURPOSE_RETENTION; a purpose the role may, or rights, will do too.
 *
 * Write. A write is whole: one field outside what the role writes or outside
 * what the purpose uses refuses all of it.
 *
 * Send. Asked like a read up to step 12 (role, tasks, relation, consent,
 * restriction, child, totals), and then:
 *
 *      the recipient is not suspended                  recipients.R
 *      it signed terms (an authority signs none)       recipients.R
 *      all that is named for it holds on that day, and
 *      abroad one of that opens the way (Art. 44)      recipients.R.assurances
 *      it is given data for this purpose               recipients.R
 *      the fields are among those it gets              recipients.R
 *      what we keep is not sealed to somebody else     data.C
 *      what we keep is used for the purpose            purposes.P
 *
 * Whole or nothing, as a write. ~0 are the fields of the category the recipient
 * gets. A field that passes through (`store: never`, `to: R`) is in `gets` and in
 * no purpose's `uses`, for nobody here reads it. Everything that is named for a
 * recipient has to hold, not only what opens the way abroad: the page says that
 * it rests on that. Whether its safeguards are as strong as ours was looked at
 * when the policy was compiled.
 *
 * Disclose. The ground stands for the purpose, and naming one too is refused.
 *
 *      the ground is declared                          disclosure, default.silence
 *      the role is in its `by`, with its own task and
 *      relation                                        disclosure.G, roles.X
 *      the evidence lies there                         disclosure.G
 *      enough others agreed                            disclosure.G.approve
 *      consent, where that is evidence                 disclosure.G
 *      restriction at the person's word                rights.restrict
 *      a child nobody has said yes for                 children…
 *      the category opens to the ground                data.C
 *      the person was told                             disclosure.G
 *      the fields                                      default.hash-only
 *
 * A binding ground is an order nobody may refuse: it opens `disclose: never`,
 * passes where the person is held for the law alone or had the use restricted.
 * What is sealed to somebody else's key or lies in memory alone leaves by no
 * ground: nobody here can read it, or it will be gone.
 *
 * Cookie. A browser is no person, so whatever holds of one is not looked at. An essential one waits for nobody. Any other needs consent to its
 * purpose, and none is set against the browser's signal where the policy says so.
 * The purpose may be left out; the consent is the one to the cookie's.
 *
 * Mail. Asked like a read up to step 9, then: the kind of mail serves that purpose
 * (mail.templates.T), and the person has not signed off from it (mail.blocks). Who
 * signed off still gets what a contract or the law owes them.
 *
 * Objection. A person may object to what rests on legitimate or public interests
 * (Art. 21): from then on nothing is done for that purpose, collecting included
 * (rights.object), also when it comes to rest on consent. What a contract, the law
 * or somebody's life needs cannot be objected to.
 *
 * Collect. A point is a door, not a use: what the point takes and from whom
 * decides, and no task of a purpose is asked. "anyone" means any application;
 * staff only where the point names them. Behind the relation and the agreement
 * the point itself may ask for (collect.X.relation, collect.X.agreed) nothing is
 * taken without them.
 *
 * Children (only where the policy has the section). While nobody has said yes, the
 * purposes of the parent's route over the category it keeps, and nothing else; with
 * the parent's yes what `may` lists; with a school's what its route lists; once an
 * account is found to be a child's, what the law demands. Rights, withdrawal and
 * retention pass in every state: the child can always have it ended. A submission
 * that names no purpose passes when its point shows one that would.
 *
 * Sealed. What is sealed to author and subject is read, listed and exported by
 * whoever wrote the record, and by the person (self). That holds for rights too: a
 * desk that passes them on cannot read it, nor can a guardian; an export of the
 * whole person leaves it out for them. Writing needs no reading. What is sealed to
 * an organisation is closed to staff who are not limited to people of it.
 *
 * Relations. A person may exercise rights for another when a relation with
 * `rights: yes` was shown; relations.X.rights is then the rule that allows. What an
 * organisation's leaders may see (`sees`) is part of what is shown: whoever says
 * `related` has looked whether the person is of a kind they see.
 *
 * Kinds of server. A category that is kept on one kind only does not exist on the
 * others, for any act and anybody; nor does a point that takes a field of it.
 */
#ifndef TROTH_POLICY_DECIDE_H
#define TROTH_POLICY_DECIDE_H

#include "policy/policy.h"

enum policy_act {
    ACT_READ,       /* one record, look-up included */
    ACT_LIST,       /* the same over many people: asked for each person */
    ACT_COLLECT,    /* a submission to a point */
    ACT_WRITE,      /* set or correct fields of a category */
    ACT_ERASE,      /* a category, or with category POLICY_NONE the whole person */
    ACT_CONSENT,    /* give, confirm, withdraw or see consents; purpose: the one consented to, or PURPOSE_RIGHTS */
    ACT_EXPORT,     /* everything about one person */
    ACT_DEEDS,      /* who touched what and why */
    ACT_EVENT,      /* tell an event retention counts from ("closed") */
    ACT_RESTRICT,   /* restrict, lift */
    ACT_SEND,       /* pass fields of one category to a recipient, for a purpose */
    ACT_DISCLOSE,   /* hand fields of one category to an outsider, on a ground and for no purpose */
    ACT_COOKIE,     /* set a cookie or what is like one; no person */
    ACT_MAIL,       /* write to a person by a kind of mail, for its purpose */
    ACT_COUNT
};

/* Who asks, when it is no role of the policy. */
enum { ACTOR_SUBJECT = -2, ACTOR_SYSTEM = -3, ACTOR_OPERATOR = -4 };
/* Built-in purposes. */
enum { PURPOSE_RIGHTS = -2, PURPOSE_RETENTION = -3 };

enum policy_consent_state { CONSENT_NONE, CONSENT_PENDING, CONSENT_GIVEN, CONSENT_WITHDRAWN };
enum policy_person_state { PERSON_ACTIVE, PERSON_HELD, PERSON_ERASED };

/* What is known of the person's age: nothing asked (adult for all the policy knows), a child whose guardian or
 * school has not said yes, a child with its guardian's yes, an account found to be a child's, a child whose school
 * said yes. */
enum policy_child_state { CHILD_NO, CHILD_WAITING, CHILD_ALLOWED, CHILD_FOUND, CHILD_SCHOOL };

struct policy_question {
    enum policy_act act;
    int role;                 /* index, or ACTOR_… */
    bool self;                /* the actor is this person */
    bool related;             /* the relation the role (or the point) is limited to was shown */
    int relation;             /* ACTOR_SUBJECT over another, and related: which relation was shown, index into relations */
    int purpose;              /* index, PURPOSE_… or POLICY_NONE */
    bool has_task;
    int task;                 /* kind of the task named; POLICY_NONE when unknown to the policy */
    int category;             /* POLICY_NONE: the whole person */
    int point;                /* ACT_COLLECT */
    int event;                /* ACT_EVENT: index into events */
    uint64_t fields;          /* asked for; ~0 for all there are */
    enum policy_consent_state consent; /* of this person for this purpose; ACT_COLLECT: for what the point's `agreed` names */
    bool restricted;
    enum policy_person_state person;
    /* What the acts that leave the house are about; looked at by them alone. */
    int recipient;            /* ACT_SEND: index into recipients */
    int ground;               /* ACT_DISCLOSE: index into grounds */
    unsigned evidence;        /* ACT_DISCLOSE: bits of enum policy_evidence that lie there; consent shows itself */
    int approvals;            /* ACT_DISCLOSE: different people who said yes, the asker not among them */
    bool noticed;             /* ACT_DISCLOSE: the person was told */
    bool gagged;              /* ACT_DISCLOSE: a dated order forbids telling, and is among the evidence */
    int64_t day;              /* ACT_SEND: today, days since 1970 UTC; 0 (unknown) is no day at all */
    bool suspended;           /* ACT_SEND: the recipient is stopped for now */
    int cookie;               /* ACT_COOKIE: index into cookies */
    bool signal;              /* ACT_COOKIE: the browser sends Global Privacy Control */
    int template;             /* ACT_MAIL: index into mail.templates */
    bool blocked;             /* ACT_MAIL: unsubscribed from it */
    /* What holds of the person or of the record; zero is: nothing of the kind. */
    bool objected;            /* to this purpose (Art. 21) */
    enum policy_child_state child;
    bool author;              /* the actor wrote the record (sealed categories) */
    bool second;              /* another person of the role agreed to this use */
    int instance;             /* kind of server this is; index into instances, POLICY_NONE or 0 when there are none */
};

enum policy_answer { ANSWER_REFUSE, ANSWER_NARROW, ANSWER_ALLOW };
struct policy_verdict {
    enum policy_answer answer;
    uint32_t rule;            /* the rule that allowed, or the one that said no (NARROW: to the rest) */
    uint64_t fields;          /* allowed; 0 when refused; ~0 for the whole person or the whole point */
};

/*
 * Names: an index outside its table, and POLICY_NONE where a name is needed
 * (purpose of anything but a submission; category of read, list and write; a
 * field bit the category has not), is an undeclared name. A role that "needs:
 * task" takes a task of any kind, also of one the policy does not know.
 *
 * READ and LIST narrow: fields the purpose does not use, and hash-only ones, are
 * dropped. With ~0 the readable fields of the category are what was asked for.
 * COLLECT with a category: every field must be one the point takes.
 */
void policy_decide(const struct policy *policy, const struct policy_question *question,
                   struct policy_verdict *ret);

/* One sentence on why, for people, with the rule at its end: "No: helpdesk may use data for support only
 * for a ticket, and none was named (roles.helpdesk.needs)." Never a value of a person. */
void policy_explain(const struct policy *policy, const struct policy_question *question,
                    const struct policy_verdict *verdict, struct buf *out);

/*
 * "may helpdesk read account.email of a user for support with a ticket" (policy/ask.c).
 *
 *   [may] WHO ACT [WHAT] [to RECIPIENT] [on GROUND] [of WHOM] [for PURPOSE] [with/without WITH …] [as author] [on SERVER]
 *         [while STATE]
 *
 *   WHO      a role, "person" (or a kind of person), "system", "operator"
 *   ACT      read, list, collect, write, erase, consent, export, deeds, tell, restrict, send, disclose,
 *            set (of a cookie), mail and near words
 *   WHAT     a category, fields of one category, a point (collect), an event (tell), a cookie (set), a kind of mail (mail)
 *   WHOM     a kind of person; "own" and "themself" show the relation; a child has a yes unless STATE says otherwise
 *   PURPOSE  a purpose, "rights", "retention"
 *   WITH     a task kind, "task", "consent", "relation" or the name of one, "second"; evidence, "2 approvals",
 *            "told", "gag" (disclose); "signal" (set)
 *   SERVER   one of `instances`; none is named where this is left out
 *   STATE    restricted, objected, held, erased, suspended (send), signed-off (mail); of a child: waiting, allowed, schooled, found
 *   "on"     before a day, "on 2026-12-01" (send): left out, the day is not known and stays 0
 *
 * ERR_USAGE names the word that was not understood.
 */
MUST_USE bool policy_ask_read(const struct policy *policy, struct span sentence,
                              struct policy_question *ret, struct err *err);

#endif
