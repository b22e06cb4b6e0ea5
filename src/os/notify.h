/*
 * os/notify.h - tells systemd how the service is (sd_notify's protocol, without its library).
 *
 * Without NOTIFY_SOCKET in the environment nothing is sent. A message that
 * cannot be delivered changes nothing for the service.
 *
 * Threads: any. Source: sd_notify(3).
 */
#ifndef TROTH_OS_NOTIFY_H
#define TROTH_OS_NOTIFY_H

#include <stdbool.h>

/* Each: true when a message was handed to the service manager. */
bool notify_ready(void);
bool notify_reloading(void); /* as Type=notify-reload wants; notify_ready ends it */
bool notify_stopping(void);
bool notify_status(const char *sentence); /* cut at the first line break */

#endif
