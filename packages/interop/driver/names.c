/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * c-toxcore's enums as the contract writes them. c-toxcore's own
 * tox_*_to_string() functions are newer than the oldest release that we build
 * against, so that the error names are listed here.
 */
#include "rpc.h"

#include <string.h>

#define NAME(value) case value: return #value

const char *connection_name(Tox_Connection value)
{
    return value == TOX_CONNECTION_UDP ? "udp" : value == TOX_CONNECTION_TCP ? "tcp" : "none";
}

const char *status_name(Tox_User_Status value)
{
    return value == TOX_USER_STATUS_AWAY ? "away" : value == TOX_USER_STATUS_BUSY ? "busy" : "none";
}

const char *message_type_name(Tox_Message_Type value)
{
    return value == TOX_MESSAGE_TYPE_ACTION ? "action" : "normal";
}

const char *file_control_name(Tox_File_Control value)
{
    return value == TOX_FILE_CONTROL_CANCEL ? "cancel" : value == TOX_FILE_CONTROL_PAUSE ? "pause" : "resume";
}

/* The index of a parameter's text in `names` (NULL-terminated), or -1. */
static int take_choice(json_t *params, const char *key, const char *const *names, Failure *failure)
{
    const char *given = json_string_value(json_object_get(params, key));

    for (int i = 0; given != NULL && names[i] != NULL; ++i) {
        if (strcmp(given, names[i]) == 0) {
            return i;
        }
    }

    invalid(failure, "%s: expected \"%s\", \"%s\"%s", key, names[0], names[1], names[2] != NULL ? ", …" : "");
    return -1;
}

bool take_status(json_t *params, Tox_User_Status *value, Failure *failure)
{
    static const char *const names[] = {"none", "away", "busy", NULL};
    static const Tox_User_Status values[] = {TOX_USER_STATUS_NONE, TOX_USER_STATUS_AWAY, TOX_USER_STATUS_BUSY};
    const int index = take_choice(params, "status", names, failure);
    *value = values[index < 0 ? 0 : index];
    return index >= 0;
}

bool take_message_type(json_t *params, Tox_Message_Type *value, Failure *failure)
{
    static const char *const names[] = {"normal", "action", NULL};
    static const Tox_Message_Type values[] = {TOX_MESSAGE_TYPE_NORMAL, TOX_MESSAGE_TYPE_ACTION};
    const int index = take_choice(params, "type", names, failure);
    *value = values[index < 0 ? 0 : index];
    return index >= 0;
}

bool take_file_control(json_t *params, Tox_File_Control *value, Failure *failure)
{
    static const char *const names[] = {"resume", "pause", "cancel", NULL};
    static const Tox_File_Control values[] = {TOX_FILE_CONTROL_RESUME, TOX_FILE_CONTROL_PAUSE, TOX_FILE_CONTROL_CANCEL};
    const int index = take_choice(params, "control", names, failure);
    *value = values[index < 0 ? 0 : index];
    return index >= 0;
}

/* A kind is any number to c-toxcore; two of them have names. */
bool take_file_kind(json_t *params, uint32_t *value, Failure *failure)
{
    static const char *const names[] = {"data", "avatar", NULL};

    if (!json_is_string(json_object_get(params, "kind"))) {
        return take_u32(params, "kind", value, failure);
    }

    const int index = take_choice(params, "kind", names, failure);
    *value = index == 1 ? TOX_FILE_KIND_AVATAR : TOX_FILE_KIND_DATA;
    return index >= 0;
}

const char *new_error(Tox_Err_New error)
{
    switch (error) {
        NAME(TOX_ERR_NEW_OK);
        NAME(TOX_ERR_NEW_NULL);
        NAME(TOX_ERR_NEW_MALLOC);
        NAME(TOX_ERR_NEW_PORT_ALLOC);
        NAME(TOX_ERR_NEW_PROXY_BAD_TYPE);
        NAME(TOX_ERR_NEW_PROXY_BAD_HOST);
        NAME(TOX_ERR_NEW_PROXY_BAD_PORT);
        NAME(TOX_ERR_NEW_PROXY_NOT_FOUND);
        NAME(TOX_ERR_NEW_LOAD_ENCRYPTED);
        NAME(TOX_ERR_NEW_LOAD_BAD_FORMAT);
    }

    return "TOX_ERR_NEW";
}

const char *bootstrap_error(Tox_Err_Bootstrap error)
{
    switch (error) {
        NAME(TOX_ERR_BOOTSTRAP_OK);
        NAME(TOX_ERR_BOOTSTRAP_NULL);
        NAME(TOX_ERR_BOOTSTRAP_BAD_HOST);
        NAME(TOX_ERR_BOOTSTRAP_BAD_PORT);
    }

    return "TOX_ERR_BOOTSTRAP";
}

const char *set_info_error(Tox_Err_Set_Info error)
{
    switch (error) {
        NAME(TOX_ERR_SET_INFO_OK);
        NAME(TOX_ERR_SET_INFO_NULL);
        NAME(TOX_ERR_SET_INFO_TOO_LONG);
    }

    return "TOX_ERR_SET_INFO";
}

const char *set_typing_error(Tox_Err_Set_Typing error)
{
    switch (error) {
        NAME(TOX_ERR_SET_TYPING_OK);
        NAME(TOX_ERR_SET_TYPING_FRIEND_NOT_FOUND);
    }

    return "TOX_ERR_SET_TYPING";
}

const char *friend_add_error(Tox_Err_Friend_Add error)
{
    switch (error) {
        NAME(TOX_ERR_FRIEND_ADD_OK);
        NAME(TOX_ERR_FRIEND_ADD_NULL);
        NAME(TOX_ERR_FRIEND_ADD_TOO_LONG);
        NAME(TOX_ERR_FRIEND_ADD_NO_MESSAGE);
        NAME(TOX_ERR_FRIEND_ADD_OWN_KEY);
        NAME(TOX_ERR_FRIEND_ADD_ALREADY_SENT);
        NAME(TOX_ERR_FRIEND_ADD_BAD_CHECKSUM);
        NAME(TOX_ERR_FRIEND_ADD_SET_NEW_NOSPAM);
        NAME(TOX_ERR_FRIEND_ADD_MALLOC);
    }

    return "TOX_ERR_FRIEND_ADD";
}

const char *friend_send_message_error(Tox_Err_Friend_Send_Message error)
{
    switch (error) {
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_OK);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_NULL);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_SENDQ);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_TOO_LONG);
        NAME(TOX_ERR_FRIEND_SEND_MESSAGE_EMPTY);
    }

    return "TOX_ERR_FRIEND_SEND_MESSAGE";
}

const char *custom_packet_error(Tox_Err_Friend_Custom_Packet error)
{
    switch (error) {
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_OK);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_NULL);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_INVALID);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_EMPTY);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_TOO_LONG);
        NAME(TOX_ERR_FRIEND_CUSTOM_PACKET_SENDQ);
    }

    return "TOX_ERR_FRIEND_CUSTOM_PACKET";
}

const char *file_control_error(Tox_Err_File_Control error)
{
    switch (error) {
        NAME(TOX_ERR_FILE_CONTROL_OK);
        NAME(TOX_ERR_FILE_CONTROL_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FILE_CONTROL_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FILE_CONTROL_NOT_FOUND);
        NAME(TOX_ERR_FILE_CONTROL_NOT_PAUSED);
        NAME(TOX_ERR_FILE_CONTROL_DENIED);
        NAME(TOX_ERR_FILE_CONTROL_ALREADY_PAUSED);
        NAME(TOX_ERR_FILE_CONTROL_SENDQ);
    }

    return "TOX_ERR_FILE_CONTROL";
}

const char *file_seek_error(Tox_Err_File_Seek error)
{
    switch (error) {
        NAME(TOX_ERR_FILE_SEEK_OK);
        NAME(TOX_ERR_FILE_SEEK_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FILE_SEEK_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FILE_SEEK_NOT_FOUND);
        NAME(TOX_ERR_FILE_SEEK_DENIED);
        NAME(TOX_ERR_FILE_SEEK_INVALID_POSITION);
        NAME(TOX_ERR_FILE_SEEK_SENDQ);
    }

    return "TOX_ERR_FILE_SEEK";
}

const char *file_get_error(Tox_Err_File_Get error)
{
    switch (error) {
        NAME(TOX_ERR_FILE_GET_OK);
        NAME(TOX_ERR_FILE_GET_NULL);
        NAME(TOX_ERR_FILE_GET_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FILE_GET_NOT_FOUND);
    }

    return "TOX_ERR_FILE_GET";
}

const char *file_send_error(Tox_Err_File_Send error)
{
    switch (error) {
        NAME(TOX_ERR_FILE_SEND_OK);
        NAME(TOX_ERR_FILE_SEND_NULL);
        NAME(TOX_ERR_FILE_SEND_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FILE_SEND_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FILE_SEND_NAME_TOO_LONG);
        NAME(TOX_ERR_FILE_SEND_TOO_MANY);
    }

    return "TOX_ERR_FILE_SEND";
}

const char *file_send_chunk_error(Tox_Err_File_Send_Chunk error)
{
    switch (error) {
        NAME(TOX_ERR_FILE_SEND_CHUNK_OK);
        NAME(TOX_ERR_FILE_SEND_CHUNK_NULL);
        NAME(TOX_ERR_FILE_SEND_CHUNK_FRIEND_NOT_FOUND);
        NAME(TOX_ERR_FILE_SEND_CHUNK_FRIEND_NOT_CONNECTED);
        NAME(TOX_ERR_FILE_SEND_CHUNK_NOT_FOUND);
        NAME(TOX_ERR_FILE_SEND_CHUNK_NOT_TRANSFERRING);
        NAME(TOX_ERR_FILE_SEND_CHUNK_INVALID_LENGTH);
        NAME(TOX_ERR_FILE_SEND_CHUNK_SENDQ);
        NAME(TOX_ERR_FILE_SEND_CHUNK_WRONG_POSITION);
    }

    return "TOX_ERR_FILE_SEND_CHUNK";
}
