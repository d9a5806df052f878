/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The methods: c-toxcore's functions without `tox_`, their parameters by the
 * names of tox.h.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *nothing(void)
{
    return json_object();
}

static json_t *self_get_address(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    uint8_t address[TOX_ADDRESS_SIZE];
    tox_self_get_address(peer->tox, address);
    return json_pack("{s:o}", "address", hex(address, sizeof(address)));
}

static json_t *self_get_public_key(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];
    tox_self_get_public_key(peer->tox, public_key);
    return json_pack("{s:o}", "public_key", hex(public_key, sizeof(public_key)));
}

static json_t *self_get_dht_id(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    uint8_t dht_id[TOX_PUBLIC_KEY_SIZE];
    tox_self_get_dht_id(peer->tox, dht_id);
    return json_pack("{s:o}", "dht_id", hex(dht_id, sizeof(dht_id)));
}

static json_t *self_get_nospam(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    return json_pack("{s:o}", "nospam", number(tox_self_get_nospam(peer->tox)));
}

static json_t *self_set_nospam(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t nospam;

    if (!take_u32(params, "nospam", &nospam, failure)) {
        return NULL;
    }

    tox_self_set_nospam(peer->tox, nospam);
    return nothing();
}

static json_t *self_get_connection_status(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    return json_pack("{s:s}", "connection_status", connection_name(tox_self_get_connection_status(peer->tox)));
}

static json_t *self_set_name(Peer *peer, json_t *params, Failure *failure)
{
    const char *name;
    size_t length;
    Tox_Err_Set_Info error;

    if (!take_text(params, "name", &name, &length, failure)) {
        return NULL;
    }

    tox_self_set_name(peer->tox, (const uint8_t *)name, length, &error);
    return error == TOX_ERR_SET_INFO_OK ? nothing() : refuse(failure, set_info_error(error));
}

static json_t *self_get_name(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    uint8_t name[TOX_MAX_NAME_LENGTH];
    tox_self_get_name(peer->tox, name);
    return json_pack("{s:o}", "name", text(name, tox_self_get_name_size(peer->tox)));
}

static json_t *self_set_status_message(Peer *peer, json_t *params, Failure *failure)
{
    const char *message;
    size_t length;
    Tox_Err_Set_Info error;

    if (!take_text(params, "status_message", &message, &length, failure)) {
        return NULL;
    }

    tox_self_set_status_message(peer->tox, (const uint8_t *)message, length, &error);
    return error == TOX_ERR_SET_INFO_OK ? nothing() : refuse(failure, set_info_error(error));
}

static json_t *self_get_status_message(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    uint8_t message[TOX_MAX_STATUS_MESSAGE_LENGTH];
    tox_self_get_status_message(peer->tox, message);
    return json_pack("{s:o}", "status_message", text(message, tox_self_get_status_message_size(peer->tox)));
}

static json_t *self_set_status(Peer *peer, json_t *params, Failure *failure)
{
    Tox_User_Status status;

    if (!take_status(params, &status, failure)) {
        return NULL;
    }

    tox_self_set_status(peer->tox, status);
    return nothing();
}

static json_t *self_get_status(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    return json_pack("{s:s}", "status", status_name(tox_self_get_status(peer->tox)));
}

static json_t *self_set_typing(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    bool typing;
    Tox_Err_Set_Typing error;

    if (!take_u32(params, "friend_number", &friend_number, failure) || !take_bool(params, "typing", &typing, failure)) {
        return NULL;
    }

    tox_self_set_typing(peer->tox, friend_number, typing, &error);
    return error == TOX_ERR_SET_TYPING_OK ? nothing() : refuse(failure, set_typing_error(error));
}

static json_t *friend_add(Peer *peer, json_t *params, Failure *failure)
{
    uint8_t address[TOX_ADDRESS_SIZE];
    const char *message;
    size_t length;
    Tox_Err_Friend_Add error;

    if (!take_key(params, "address", address, sizeof(address), failure)
            || !take_text(params, "message", &message, &length, failure)) {
        return NULL;
    }

    const uint32_t added = tox_friend_add(peer->tox, address, (const uint8_t *)message, length, &error);
    return error == TOX_ERR_FRIEND_ADD_OK ? json_pack("{s:o}", "friend_number", number(added))
           : refuse(failure, friend_add_error(error));
}

static json_t *friend_add_norequest(Peer *peer, json_t *params, Failure *failure)
{
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];
    Tox_Err_Friend_Add error;

    if (!take_key(params, "public_key", public_key, sizeof(public_key), failure)) {
        return NULL;
    }

    const uint32_t added = tox_friend_add_norequest(peer->tox, public_key, &error);
    return error == TOX_ERR_FRIEND_ADD_OK ? json_pack("{s:o}", "friend_number", number(added))
           : refuse(failure, friend_add_error(error));
}

static json_t *friend_delete(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;

    if (!take_u32(params, "friend_number", &friend_number, failure)) {
        return NULL;
    }

    if (!tox_friend_delete(peer->tox, friend_number, NULL)) {
        return refuse(failure, "TOX_ERR_FRIEND_DELETE_FRIEND_NOT_FOUND");
    }

    forget_files_of(peer, friend_number);
    return nothing();
}

static json_t *friend_by_public_key(Peer *peer, json_t *params, Failure *failure)
{
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];

    if (!take_key(params, "public_key", public_key, sizeof(public_key), failure)) {
        return NULL;
    }

    const uint32_t found = tox_friend_by_public_key(peer->tox, public_key, NULL);
    return found != UINT32_MAX ? json_pack("{s:o}", "friend_number", number(found))
           : refuse(failure, "TOX_ERR_FRIEND_BY_PUBLIC_KEY_NOT_FOUND");
}

static json_t *friend_exists(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;

    if (!take_u32(params, "friend_number", &friend_number, failure)) {
        return NULL;
    }

    return json_pack("{s:b}", "exists", tox_friend_exists(peer->tox, friend_number));
}

static json_t *self_get_friend_list(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    const size_t count = tox_self_get_friend_list_size(peer->tox);
    uint32_t *friends = calloc(count + 1, sizeof(uint32_t));
    json_t *list = json_array();

    if (friends != NULL) {
        tox_self_get_friend_list(peer->tox, friends);

        for (size_t i = 0; i < count; ++i) {
            json_array_append_new(list, number(friends[i]));
        }
    }

    free(friends);
    return json_pack("{s:o}", "friend_list", list);
}

static json_t *friend_get_public_key(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];

    if (!take_u32(params, "friend_number", &friend_number, failure)) {
        return NULL;
    }

    return tox_friend_get_public_key(peer->tox, friend_number, public_key, NULL)
           ? json_pack("{s:o}", "public_key", hex(public_key, sizeof(public_key)))
           : refuse(failure, "TOX_ERR_FRIEND_GET_PUBLIC_KEY_FRIEND_NOT_FOUND");
}

/* What tox_friend_get_*() with a Tox_Err_Friend_Query can refuse. */
static bool take_friend(Peer *peer, json_t *params, uint32_t *friend_number, Failure *failure)
{
    if (!take_u32(params, "friend_number", friend_number, failure)) {
        return false;
    }

    if (!tox_friend_exists(peer->tox, *friend_number)) {
        refuse(failure, "TOX_ERR_FRIEND_QUERY_FRIEND_NOT_FOUND");
        return false;
    }

    return true;
}

static json_t *friend_get_name(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint8_t name[TOX_MAX_NAME_LENGTH];

    if (!take_friend(peer, params, &friend_number, failure)) {
        return NULL;
    }

    tox_friend_get_name(peer->tox, friend_number, name, NULL);
    return json_pack("{s:o}", "name", text(name, tox_friend_get_name_size(peer->tox, friend_number, NULL)));
}

static json_t *friend_get_status_message(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint8_t message[TOX_MAX_STATUS_MESSAGE_LENGTH];

    if (!take_friend(peer, params, &friend_number, failure)) {
        return NULL;
    }

    tox_friend_get_status_message(peer->tox, friend_number, message, NULL);
    const size_t length = tox_friend_get_status_message_size(peer->tox, friend_number, NULL);
    return json_pack("{s:o}", "status_message", text(message, length));
}

static json_t *friend_get_status(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    return take_friend(peer, params, &friend_number, failure)
           ? json_pack("{s:s}", "status", status_name(tox_friend_get_status(peer->tox, friend_number, NULL)))
           : NULL;
}

static json_t *friend_get_connection_status(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;

    if (!take_friend(peer, params, &friend_number, failure)) {
        return NULL;
    }

    const Tox_Connection status = tox_friend_get_connection_status(peer->tox, friend_number, NULL);
    return json_pack("{s:s}", "connection_status", connection_name(status));
}

static json_t *friend_get_typing(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    return take_friend(peer, params, &friend_number, failure)
           ? json_pack("{s:b}", "typing", tox_friend_get_typing(peer->tox, friend_number, NULL))
           : NULL;
}

static json_t *friend_get_last_online(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    Tox_Err_Friend_Get_Last_Online error;

    if (!take_u32(params, "friend_number", &friend_number, failure)) {
        return NULL;
    }

    const uint64_t last_online = tox_friend_get_last_online(peer->tox, friend_number, &error);
    return error == TOX_ERR_FRIEND_GET_LAST_ONLINE_OK ? json_pack("{s:o}", "last_online", number(last_online))
           : refuse(failure, "TOX_ERR_FRIEND_GET_LAST_ONLINE_FRIEND_NOT_FOUND");
}

static json_t *friend_send_message(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    Tox_Message_Type type;
    const char *message;
    size_t length;
    Tox_Err_Friend_Send_Message error;

    if (!take_u32(params, "friend_number", &friend_number, failure) || !take_message_type(params, &type, failure)
            || !take_text(params, "message", &message, &length, failure)) {
        return NULL;
    }

    const uint32_t message_id = tox_friend_send_message(peer->tox, friend_number, type,
                                (const uint8_t *)message, length, &error);
    return error == TOX_ERR_FRIEND_SEND_MESSAGE_OK ? json_pack("{s:o}", "message_id", number(message_id))
           : refuse(failure, friend_send_message_error(error));
}

typedef bool Send_Packet(Tox *tox, uint32_t friend_number, const uint8_t *data, size_t length,
                         Tox_Err_Friend_Custom_Packet *error);

static json_t *send_packet(Peer *peer, json_t *params, Send_Packet *send, Failure *failure)
{
    uint32_t friend_number;
    size_t length;
    Tox_Err_Friend_Custom_Packet error;

    if (!take_u32(params, "friend_number", &friend_number, failure)) {
        return NULL;
    }

    uint8_t *data = take_data(params, "data", &length, failure);

    if (data == NULL) {
        return NULL;
    }

    send(peer->tox, friend_number, data, length, &error);
    free(data);
    return error == TOX_ERR_FRIEND_CUSTOM_PACKET_OK ? nothing() : refuse(failure, custom_packet_error(error));
}

static json_t *friend_send_lossless_packet(Peer *peer, json_t *params, Failure *failure)
{
    return send_packet(peer, params, tox_friend_send_lossless_packet, failure);
}

static json_t *friend_send_lossy_packet(Peer *peer, json_t *params, Failure *failure)
{
    return send_packet(peer, params, tox_friend_send_lossy_packet, failure);
}

typedef bool Add_Node(Tox *tox, const char *host, uint16_t port, const uint8_t *public_key, Tox_Err_Bootstrap *error);

static json_t *add_node(Peer *peer, json_t *params, Add_Node *add, Failure *failure)
{
    const char *host;
    size_t length;
    uint64_t port;
    uint8_t public_key[TOX_PUBLIC_KEY_SIZE];
    Tox_Err_Bootstrap error;

    if (!take_text(params, "host", &host, &length, failure)
            || !take_number(params, "port", UINT16_MAX, &port, failure)
            || !take_key(params, "public_key", public_key, sizeof(public_key), failure)) {
        return NULL;
    }

    add(peer->tox, host, (uint16_t)port, public_key, &error);
    return error == TOX_ERR_BOOTSTRAP_OK ? nothing() : refuse(failure, bootstrap_error(error));
}

static json_t *bootstrap(Peer *peer, json_t *params, Failure *failure)
{
    return add_node(peer, params, tox_bootstrap, failure);
}

static json_t *add_tcp_relay(Peer *peer, json_t *params, Failure *failure)
{
    return add_node(peer, params, tox_add_tcp_relay, failure);
}

static json_t *iteration_interval(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    return json_pack("{s:o}", "iteration_interval", number(tox_iteration_interval(peer->tox)));
}

static json_t *save(Peer *peer, json_t *params, Failure *failure)
{
    const char *path = peer->profile;
    size_t length;

    if ((has(params, "path") || path == NULL) && !take_text(params, "path", &path, &length, failure)) {
        return NULL;
    }

    if (!save_profile(peer, path)) {
        refuse(failure, "SAVE_FAILED");
        snprintf(failure->message, sizeof(failure->message), "%s", strerror(errno));
        return NULL;
    }

    return nothing();
}

static json_t *get_savedata(Peer *peer, json_t *params, Failure *failure)
{
    (void)params;
    const size_t size = tox_get_savedata_size(peer->tox);
    uint8_t *savedata = malloc(size);

    if (savedata == NULL) {
        return refuse(failure, "OUT_OF_MEMORY");
    }

    tox_get_savedata(peer->tox, savedata);
    json_t *result = json_pack("{s:o}", "savedata", hex(savedata, size));
    free(savedata);
    return result;
}

static json_t *quit(Peer *peer, json_t *params, Failure *failure)
{
    (void)params, (void)failure;
    peer->quitting = true;
    return nothing();
}

static const Method_Entry methods[] = {
    {"self_get_address", self_get_address, false},
    {"self_get_public_key", self_get_public_key, false},
    {"self_get_dht_id", self_get_dht_id, false},
    {"self_get_nospam", self_get_nospam, false},
    {"self_set_nospam", self_set_nospam, true},
    {"self_get_connection_status", self_get_connection_status, false},
    {"self_set_name", self_set_name, true},
    {"self_get_name", self_get_name, false},
    {"self_set_status_message", self_set_status_message, true},
    {"self_get_status_message", self_get_status_message, false},
    {"self_set_status", self_set_status, true},
    {"self_get_status", self_get_status, false},
    {"self_set_typing", self_set_typing, false},
    {"friend_add", friend_add, true},
    {"friend_add_norequest", friend_add_norequest, true},
    {"friend_delete", friend_delete, true},
    {"friend_by_public_key", friend_by_public_key, false},
    {"friend_exists", friend_exists, false},
    {"self_get_friend_list", self_get_friend_list, false},
    {"friend_get_public_key", friend_get_public_key, false},
    {"friend_get_name", friend_get_name, false},
    {"friend_get_status_message", friend_get_status_message, false},
    {"friend_get_status", friend_get_status, false},
    {"friend_get_connection_status", friend_get_connection_status, false},
    {"friend_get_typing", friend_get_typing, false},
    {"friend_get_last_online", friend_get_last_online, false},
    {"friend_send_message", friend_send_message, false},
    {"friend_send_lossless_packet", friend_send_lossless_packet, false},
    {"friend_send_lossy_packet", friend_send_lossy_packet, false},
    {"bootstrap", bootstrap, false},
    {"add_tcp_relay", add_tcp_relay, false},
    {"iteration_interval", iteration_interval, false},
    {"file_send", file_send, false},
    {"file_send_chunk", file_send_chunk, false},
    {"file_accept", file_accept, false},
    {"file_control", file_control, false},
    {"file_seek", file_seek, false},
    {"file_get_file_id", file_get_file_id, false},
    {"save", save, false},
    {"get_savedata", get_savedata, false},
    {"flood", flood, false},
    {"quit", quit, false},
};

const Method_Entry *find_method(const char *name)
{
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); ++i) {
        if (strcmp(methods[i].name, name) == 0) {
            return &methods[i];
        }
    }

    return NULL;
}
