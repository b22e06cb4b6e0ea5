/*
 * store/pg_lib.h - libpq, loaded when a store on PostgreSQL is asked for and not before.
 *
 * libpq brings Kerberos, LDAP and GnuTLS into a process: some MiB and a good deal
 * of code which the server over files, and the key process, would carry for nothing.
 *
 * The functions keep their names: after this header PQ… is called through pg_lib,
 * and one that is missing from the list below does not link. pg_place_open is the
 * first of the engine to call any, so it calls pg_lib_load.
 */
#ifndef TROTH_STORE_PG_LIB_H
#define TROTH_STORE_PG_LIB_H

#include "base/err.h"

#include <libpq-fe.h>
#include <stdbool.h>

#define PG_LIB(X) \
    X(PQclear) \
    X(PQcmdStatus) \
    X(PQcmdTuples) \
    X(PQconnectPoll) \
    X(PQconnectStartParams) \
    X(PQconninfoFree) \
    X(PQconninfoParse) \
    X(PQconsumeInput) \
    X(PQdb) \
    X(PQenterPipelineMode) \
    X(PQerrorMessage) \
    X(PQfinish) \
    X(PQflush) \
    X(PQfreemem) \
    X(PQftype) \
    X(PQgetResult) \
    X(PQgetisnull) \
    X(PQgetlength) \
    X(PQgetvalue) \
    X(PQisBusy) \
    X(PQnfields) \
    X(PQnparams) \
    X(PQntuples) \
    X(PQparamtype) \
    X(PQpipelineSync) \
    X(PQresultErrorField) \
    X(PQresultStatus) \
    X(PQsendDescribePrepared) \
    X(PQsendPrepare) \
    X(PQsendQuery) \
    X(PQsendQueryParams) \
    X(PQsendQueryPrepared) \
    X(PQserverVersion) \
    X(PQsetNoticeReceiver) \
    X(PQsetnonblocking) \
    X(PQsocket) \
    X(PQstatus)

struct pg_lib {
#define X(f) __typeof__(&(f)) f;
    PG_LIB(X)
#undef X
};

extern struct pg_lib pg_lib;

/*
 * Loads libpq.so.5 once for the process; it stays. Any thread.
 * ERR_CONFIG when the machine has none, or one without a function we need.
 */
bool pg_lib_load(struct err *err);

#ifndef PG_LIB_PLAIN
#define PQclear (pg_lib.PQclear)
#define PQcmdStatus (pg_lib.PQcmdStatus)
#define PQcmdTuples (pg_lib.PQcmdTuples)
#define PQconnectPoll (pg_lib.PQconnectPoll)
#define PQconnectStartParams (pg_lib.PQconnectStartParams)
#define PQconninfoFree (pg_lib.PQconninfoFree)
#define PQconninfoParse (pg_lib.PQconninfoParse)
#define PQconsumeInput (pg_lib.PQconsumeInput)
#define PQdb (pg_lib.PQdb)
#define PQenterPipelineMode (pg_lib.PQenterPipelineMode)
#define PQerrorMessage (pg_lib.PQerrorMessage)
#define PQfinish (pg_lib.PQfinish)
#define PQflush (pg_lib.PQflush)
#define PQfreemem (pg_lib.PQfreemem)
#define PQftype (pg_lib.PQftype)
#define PQgetResult (pg_lib.PQgetResult)
#define PQgetisnull (pg_lib.PQgetisnull)
#define PQgetlength (pg_lib.PQgetlength)
#define PQgetvalue (pg_lib.PQgetvalue)
#define PQisBusy (pg_lib.PQisBusy)
#define PQnfields (pg_lib.PQnfields)
#define PQnparams (pg_lib.PQnparams)
#define PQntuples (pg_lib.PQntuples)
#define PQparamtype (pg_lib.PQparamtype)
#define PQpipelineSync (pg_lib.PQpipelineSync)
#define PQresultErrorField (pg_lib.PQresultErrorField)
#define PQresultStatus (pg_lib.PQresultStatus)
#define PQsendDescribePrepared (pg_lib.PQsendDescribePrepared)
#define PQsendPrepare (pg_lib.PQsendPrepare)
#define PQsendQuery (pg_lib.PQsendQuery)
#define PQsendQueryParams (pg_lib.PQsendQueryParams)
#define PQsendQueryPrepared (pg_lib.PQsendQueryPrepared)
#define PQserverVersion (pg_lib.PQserverVersion)
#define PQsetNoticeReceiver (pg_lib.PQsetNoticeReceiver)
#define PQsetnonblocking (pg_lib.PQsetnonblocking)
#define PQsocket (pg_lib.PQsocket)
#define PQstatus (pg_lib.PQstatus)
#endif

#endif
