/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * tox-rpc: c-toxcore as a peer driven by JSON-RPC 2.0 on stdin and stdout. It
 * speaks the contract of `tox rpc`, so that a test can put either
 * implementation on either side of a conversation.
 *
 * This header is what the driver's files share:
 *   tox-rpc.c   options, main loop, profile
 *   wire.c      JSON-RPC lines in and out, text and hex
 *   names.c     c-toxcore's enums as the contract writes them
 *   methods.c   the methods
 *   events.c    c-toxcore's callbacks as events
 *   files.c     file transfers from and to disk
 *   flood.c     the `flood` test helper
 */
#ifndef TOX_RPC_H
#define TOX_RPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>
#include <tox/tox.h>

typedef struct Flood Flood;
typedef struct Transfer Transfer;

typedef struct Peer {
    Tox *tox;
    const char *profile; /* NULL: nothing is kept */
    bool quitting;
    Flood *floods;
    Transfer *transfers;
} Peer;

/* Why a method failed: a JSON-RPC code, and for -32000 c-toxcore's own name. */
typedef struct Failure {
    int code;
    const char *name;
    char message[200];
} Failure;

enum {
    RPC_PARSE_ERROR = -32700,
    RPC_INVALID_REQUEST = -32600,
    RPC_METHOD_NOT_FOUND = -32601,
    RPC_INVALID_PARAMS = -32602,
    RPC_REFUSED = -32000,
};

/* wire.c */
json_t *text(const uint8_t *bytes, size_t length); /* invalid UTF-8 becomes U+FFFD */
json_t *hex(const uint8_t *bytes, size_t length);
json_t *number(uint64_t value);
bool parse_hex(const char *digits, uint8_t *bytes, size_t length);
json_t *event(const char *type); /* an event's params; finish with emit() */
void emit(json_t *params);
void notify(const char *method, json_t *params);
void handle_line(Peer *peer, const char *line, size_t length);

/* Parameters. Each returns false with `failure` filled in when it does not fit. */
bool has(json_t *params, const char *key);
bool take_number(json_t *params, const char *key, uint64_t max, uint64_t *value, Failure *failure);
bool take_u32(json_t *params, const char *key, uint32_t *value, Failure *failure);
bool take_bool(json_t *params, const char *key, bool *value, Failure *failure);
bool take_text(json_t *params, const char *key, const char **value, size_t *length, Failure *failure);
bool take_key(json_t *params, const char *key, uint8_t *bytes, size_t length, Failure *failure);
uint8_t *take_data(json_t *params, const char *key, size_t *length, Failure *failure); /* free() it */

/* Both return NULL, so that a method can `return refuse(…)`. */
json_t *refuse(Failure *failure, const char *name);
json_t *invalid(Failure *failure, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* names.c */
const char *connection_name(Tox_Connection value);
const char *status_name(Tox_User_Status value);
const char *message_type_name(Tox_Message_Type value);
const char *file_control_name(Tox_File_Control value);
bool take_status(json_t *params, Tox_User_Status *value, Failure *failure);
bool take_message_type(json_t *params, Tox_Message_Type *value, Failure *failure);
bool take_file_control(json_t *params, Tox_File_Control *value, Failure *failure);
bool take_file_kind(json_t *params, uint32_t *value, Failure *failure);
const char *new_error(Tox_Err_New error);
const char *bootstrap_error(Tox_Err_Bootstrap error);
const char *set_info_error(Tox_Err_Set_Info error);
const char *set_typing_error(Tox_Err_Set_Typing error);
const char *friend_add_error(Tox_Err_Friend_Add error);
const char *friend_send_message_error(Tox_Err_Friend_Send_Message error);
const char *custom_packet_error(Tox_Err_Friend_Custom_Packet error);
const char *file_control_error(Tox_Err_File_Control error);
const char *file_seek_error(Tox_Err_File_Seek error);
const char *file_get_error(Tox_Err_File_Get error);
const char *file_send_error(Tox_Err_File_Send error);
const char *file_send_chunk_error(Tox_Err_File_Send_Chunk error);

/* methods.c */
typedef json_t *Method(Peer *peer, json_t *params, Failure *failure);
typedef struct Method_Entry {
    const char *name;
    Method *run;
    bool changes; /* the profile is to be saved afterwards */
} Method_Entry;
const Method_Entry *find_method(const char *name);

/* events.c */
void register_events(Tox *tox);

/* files.c */
Method file_send, file_send_chunk, file_accept, file_control, file_seek, file_get_file_id;
void register_file_events(Tox *tox);
void pump_files(Peer *peer);
void forget_files_of(Peer *peer, uint32_t friend_number); /* the friend went offline, or everyone: UINT32_MAX */

/* flood.c */
Method flood;
void pump_floods(Peer *peer);
void forget_floods(Peer *peer);

/* tox-rpc.c */
bool save_profile(const Peer *peer, const char *path); /* errno tells why not */

#endif
