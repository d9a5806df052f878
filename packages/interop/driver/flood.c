/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * flood {friend_number, count, size?, prefix?}: sends `count` messages as fast
 * as c-toxcore takes them. Message number i is "<prefix><i>", filled up with
 * dots to `size` bytes. Ends with event flood_sent {friend_number, count} when
 * all are queued, or flood_failed {friend_number, count, code} when c-toxcore
 * refuses for another reason than a full queue (count: how many it took).
 */
#include "rpc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Flood {
    Flood *next;
    uint32_t friend_number;
    uint32_t count;
    uint32_t sent;
    size_t size;
    size_t prefix_length;
    uint8_t message[TOX_MAX_MESSAGE_LENGTH]; /* begins with the prefix for good */
};

enum { MAX_DIGITS = 10 };

json_t *flood(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t count;
    uint64_t size = 0;
    const char *prefix = "";
    size_t length = 0;

    if (!take_u32(params, "friend_number", &friend_number, failure) || !take_u32(params, "count", &count, failure)
            || (has(params, "size") && !take_number(params, "size", TOX_MAX_MESSAGE_LENGTH, &size, failure))
            || (has(params, "prefix") && !take_text(params, "prefix", &prefix, &length, failure))) {
        return NULL;
    }

    if (length > TOX_MAX_MESSAGE_LENGTH - MAX_DIGITS) {
        return invalid(failure, "prefix: at most %d bytes", TOX_MAX_MESSAGE_LENGTH - MAX_DIGITS);
    }

    Flood *added = calloc(1, sizeof(Flood));

    if (added == NULL) {
        return refuse(failure, "OUT_OF_MEMORY");
    }

    added->friend_number = friend_number;
    added->count = count;
    added->size = size;
    added->prefix_length = length;
    memcpy(added->message, prefix, length);

    /* Appended, so that two floods to one friend arrive in the order of the calls. */
    Flood **end = &peer->floods;

    while (*end != NULL) {
        end = &(*end)->next;
    }

    *end = added;
    return json_object();
}

static size_t compose(Flood *flood)
{
    char digits[MAX_DIGITS + 1];
    const size_t written = (size_t)snprintf(digits, sizeof(digits), "%u", flood->sent);
    size_t length = flood->prefix_length + written;
    memcpy(flood->message + flood->prefix_length, digits, written);

    if (length < flood->size) {
        memset(flood->message + length, '.', flood->size - length);
        length = flood->size;
    }

    return length;
}

/* Whether the flood is over, one way or the other. */
static bool pump(Tox *tox, Flood *flood)
{
    while (flood->sent < flood->count) {
        Tox_Err_Friend_Send_Message error;
        const size_t length = compose(flood);
        tox_friend_send_message(tox, flood->friend_number, TOX_MESSAGE_TYPE_NORMAL, flood->message, length, &error);

        if (error == TOX_ERR_FRIEND_SEND_MESSAGE_SENDQ) {
            return false;
        }

        if (error != TOX_ERR_FRIEND_SEND_MESSAGE_OK) {
            json_t *params = event("flood_failed");
            json_object_set_new(params, "friend_number", number(flood->friend_number));
            json_object_set_new(params, "count", number(flood->sent));
            json_object_set_new(params, "code", json_string(friend_send_message_error(error)));
            emit(params);
            return true;
        }

        ++flood->sent;
    }

    json_t *params = event("flood_sent");
    json_object_set_new(params, "friend_number", number(flood->friend_number));
    json_object_set_new(params, "count", number(flood->sent));
    emit(params);
    return true;
}

void pump_floods(Peer *peer)
{
    Flood **link = &peer->floods;

    while (*link != NULL) {
        Flood *flood = *link;

        if (pump(peer->tox, flood)) {
            *link = flood->next;
            free(flood);
        } else {
            link = &flood->next;
        }
    }
}

void forget_floods(Peer *peer)
{
    while (peer->floods != NULL) {
        Flood *flood = peer->floods;
        peer->floods = flood->next;
        free(flood);
    }
}
