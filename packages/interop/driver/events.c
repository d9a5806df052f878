/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * c-toxcore's callbacks as events. Field names are those of the getters of
 * c-toxcore's event structures.
 */
#include "rpc.h"

static json_t *friend_event(const char *type, uint32_t friend_number)
{
    json_t *params = event(type);
    json_object_set_new(params, "friend_number", number(friend_number));
    return params;
}

static void emit_with(json_t *params, const char *key, json_t *value)
{
    json_object_set_new(params, key, value);
    emit(params);
}

static void on_self_connection_status(Tox *tox, Tox_Connection status, void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(event("self_connection_status"), "connection_status", json_string(connection_name(status)));
}

static void on_friend_request(Tox *tox, const uint8_t *public_key, const uint8_t *message, size_t length,
                              void *user_data)
{
    (void)tox, (void)user_data;
    json_t *params = event("friend_request");
    json_object_set_new(params, "public_key", hex(public_key, TOX_PUBLIC_KEY_SIZE));
    emit_with(params, "message", text(message, length));
}

static void on_friend_message(Tox *tox, uint32_t friend_number, Tox_Message_Type type, const uint8_t *message,
                              size_t length, void *user_data)
{
    (void)tox, (void)user_data;
    json_t *params = friend_event("friend_message", friend_number);
    json_object_set_new(params, "message_type", json_string(message_type_name(type)));
    emit_with(params, "message", text(message, length));
}

static void on_friend_name(Tox *tox, uint32_t friend_number, const uint8_t *name, size_t length, void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_name", friend_number), "name", text(name, length));
}

static void on_friend_status_message(Tox *tox, uint32_t friend_number, const uint8_t *message, size_t length,
                                     void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_status_message", friend_number), "message", text(message, length));
}

static void on_friend_status(Tox *tox, uint32_t friend_number, Tox_User_Status status, void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_status", friend_number), "status", json_string(status_name(status)));
}

static void on_friend_typing(Tox *tox, uint32_t friend_number, bool typing, void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_typing", friend_number), "typing", json_boolean(typing));
}

static void on_friend_connection_status(Tox *tox, uint32_t friend_number, Tox_Connection status, void *user_data)
{
    (void)tox;
    emit_with(friend_event("friend_connection_status", friend_number), "connection_status",
              json_string(connection_name(status)));

    if (status == TOX_CONNECTION_NONE) {
        forget_files_of(user_data, friend_number);
    }
}

static void on_friend_read_receipt(Tox *tox, uint32_t friend_number, uint32_t message_id, void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_read_receipt", friend_number), "message_id", number(message_id));
}

static void on_friend_lossless_packet(Tox *tox, uint32_t friend_number, const uint8_t *data, size_t length,
                                      void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_lossless_packet", friend_number), "data", hex(data, length));
}

static void on_friend_lossy_packet(Tox *tox, uint32_t friend_number, const uint8_t *data, size_t length,
                                   void *user_data)
{
    (void)tox, (void)user_data;
    emit_with(friend_event("friend_lossy_packet", friend_number), "data", hex(data, length));
}

void register_events(Tox *tox)
{
    tox_callback_self_connection_status(tox, on_self_connection_status);
    tox_callback_friend_request(tox, on_friend_request);
    tox_callback_friend_message(tox, on_friend_message);
    tox_callback_friend_name(tox, on_friend_name);
    tox_callback_friend_status_message(tox, on_friend_status_message);
    tox_callback_friend_status(tox, on_friend_status);
    tox_callback_friend_typing(tox, on_friend_typing);
    tox_callback_friend_connection_status(tox, on_friend_connection_status);
    tox_callback_friend_read_receipt(tox, on_friend_read_receipt);
    tox_callback_friend_lossless_packet(tox, on_friend_lossless_packet);
    tox_callback_friend_lossy_packet(tox, on_friend_lossy_packet);
    register_file_events(tox);
}
