/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * File transfers. With a path, `file_send` streams from disk and ends with the
 * event file_sent, and `file_accept` writes to disk and ends with
 * file_finished. Without one, chunks are the caller's: events
 * file_chunk_request and file_recv_chunk, method file_send_chunk.
 */
#include "rpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* What c-toxcore puts into one packet: a net_crypto payload less its two header
 * bytes. Any shorter chunk but the last would end the transfer. */
enum { CHUNK_SIZE = 1371 };

struct Transfer {
    Transfer *next;
    uint32_t friend_number;
    uint32_t file_number;
    bool sending;
    FILE *file;
    char *path;
    uint64_t size;
    uint64_t position; /* sending: what c-toxcore has taken */
    uint64_t wanted;   /* sending: up to where it has asked */
};

static Transfer *find(Peer *peer, uint32_t friend_number, uint32_t file_number)
{
    for (Transfer *t = peer->transfers; t != NULL; t = t->next) {
        if (t->friend_number == friend_number && t->file_number == file_number) {
            return t;
        }
    }

    return NULL;
}

static void forget(Peer *peer, Transfer *transfer)
{
    for (Transfer **link = &peer->transfers; *link != NULL; link = &(*link)->next) {
        if (*link == transfer) {
            *link = transfer->next;
            fclose(transfer->file);
            free(transfer->path);
            free(transfer);
            return;
        }
    }
}

void forget_files_of(Peer *peer, uint32_t friend_number)
{
    Transfer *next;

    for (Transfer *t = peer->transfers; t != NULL; t = next) {
        next = t->next;

        if (t->friend_number == friend_number || friend_number == UINT32_MAX) {
            forget(peer, t);
        }
    }
}

static json_t *file_event(const char *type, uint32_t friend_number, uint32_t file_number)
{
    json_t *params = event(type);
    json_object_set_new(params, "friend_number", number(friend_number));
    json_object_set_new(params, "file_number", number(file_number));
    return params;
}

static void emit_end(const char *type, const Transfer *transfer)
{
    json_t *params = file_event(type, transfer->friend_number, transfer->file_number);
    json_object_set_new(params, "path", json_string(transfer->path));
    json_object_set_new(params, "size", number(transfer->size));
    emit(params);
}

static bool take_file(json_t *params, uint32_t *friend_number, uint32_t *file_number, Failure *failure)
{
    return take_u32(params, "friend_number", friend_number, failure)
           && take_u32(params, "file_number", file_number, failure);
}

static json_t *refuse_path(Failure *failure, const char *path)
{
    refuse(failure, "FILE_FAILED");
    snprintf(failure->message, sizeof(failure->message), "%.120s: %s", path, strerror(errno));
    return NULL;
}

static Transfer *new_transfer(const char *path, const char *mode, Failure *failure)
{
    Transfer *transfer = calloc(1, sizeof(Transfer));

    if (transfer == NULL) {
        refuse(failure, "OUT_OF_MEMORY");
        return NULL;
    }

    transfer->path = strdup(path);
    transfer->file = fopen(path, mode);

    if (transfer->path == NULL || transfer->file == NULL) {
        refuse_path(failure, path);
        free(transfer->path);
        free(transfer);
        return NULL;
    }

    return transfer;
}

json_t *file_send(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t kind = TOX_FILE_KIND_DATA;
    uint64_t size = 0;
    uint8_t file_id[TOX_FILE_ID_LENGTH];
    const bool with_id = has(params, "file_id");
    const char *path = NULL;
    const char *filename = "";
    size_t length = 0;
    Transfer *transfer = NULL;

    if (!take_u32(params, "friend_number", &friend_number, failure)
            || (has(params, "kind") && !take_file_kind(params, &kind, failure))
            || (with_id && !take_key(params, "file_id", file_id, sizeof(file_id), failure))
            || (has(params, "path") && !take_text(params, "path", &path, &length, failure))) {
        return NULL;
    }

    if (path == NULL) {
        if (!take_number(params, has(params, "file_size") ? "file_size" : "size", UINT64_MAX, &size, failure)) {
            return NULL;
        }
    } else {
        const char *slash = strrchr(path, '/');
        filename = slash != NULL ? slash + 1 : path;
        length = strlen(filename);
    }

    if (has(params, "filename") && !take_text(params, "filename", &filename, &length, failure)) {
        return NULL;
    }

    if (path != NULL) {
        struct stat info;
        transfer = new_transfer(path, "rb", failure);

        if (transfer == NULL) {
            return NULL;
        }

        size = fstat(fileno(transfer->file), &info) == 0 ? (uint64_t)info.st_size : 0;
    }

    Tox_Err_File_Send error;
    const uint32_t file_number = tox_file_send(peer->tox, friend_number, kind, size, with_id ? file_id : NULL,
                                 (const uint8_t *)filename, length, &error);

    if (transfer != NULL) {
        transfer->friend_number = friend_number;
        transfer->file_number = file_number;
        transfer->sending = true;
        transfer->size = size;
        transfer->next = peer->transfers;
        peer->transfers = transfer;
    }

    if (error != TOX_ERR_FILE_SEND_OK) {
        if (transfer != NULL) {
            forget(peer, transfer);
        }

        return refuse(failure, file_send_error(error));
    }

    return json_pack("{s:o}", "file_number", number(file_number));
}

json_t *file_send_chunk(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t file_number;
    uint64_t position;
    size_t length;
    Tox_Err_File_Send_Chunk error;

    if (!take_file(params, &friend_number, &file_number, failure)
            || !take_number(params, "position", INT64_MAX, &position, failure)) {
        return NULL;
    }

    uint8_t *data = take_data(params, "data", &length, failure);

    if (data == NULL) {
        return NULL;
    }

    tox_file_send_chunk(peer->tox, friend_number, file_number, position, data, length, &error);
    free(data);
    return error == TOX_ERR_FILE_SEND_CHUNK_OK ? json_object() : refuse(failure, file_send_chunk_error(error));
}

json_t *file_accept(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t file_number;
    const char *path;
    size_t length;
    Tox_Err_File_Control error;

    if (!take_file(params, &friend_number, &file_number, failure)
            || !take_text(params, "path", &path, &length, failure)) {
        return NULL;
    }

    Transfer *transfer = new_transfer(path, "wb", failure);

    if (transfer == NULL) {
        return NULL;
    }

    transfer->friend_number = friend_number;
    transfer->file_number = file_number;
    transfer->next = peer->transfers;
    peer->transfers = transfer;
    tox_file_control(peer->tox, friend_number, file_number, TOX_FILE_CONTROL_RESUME, &error);

    if (error != TOX_ERR_FILE_CONTROL_OK) {
        forget(peer, transfer);
        return refuse(failure, file_control_error(error));
    }

    return json_object();
}

json_t *file_control(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t file_number;
    Tox_File_Control control;
    Tox_Err_File_Control error;

    if (!take_file(params, &friend_number, &file_number, failure) || !take_file_control(params, &control, failure)) {
        return NULL;
    }

    tox_file_control(peer->tox, friend_number, file_number, control, &error);

    if (error != TOX_ERR_FILE_CONTROL_OK) {
        return refuse(failure, file_control_error(error));
    }

    Transfer *transfer = find(peer, friend_number, file_number);

    if (control == TOX_FILE_CONTROL_CANCEL && transfer != NULL) {
        forget(peer, transfer);
    }

    return json_object();
}

json_t *file_seek(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t file_number;
    uint64_t position;
    Tox_Err_File_Seek error;

    if (!take_file(params, &friend_number, &file_number, failure)
            || !take_number(params, "position", INT64_MAX, &position, failure)) {
        return NULL;
    }

    tox_file_seek(peer->tox, friend_number, file_number, position, &error);
    return error == TOX_ERR_FILE_SEEK_OK ? json_object() : refuse(failure, file_seek_error(error));
}

json_t *file_get_file_id(Peer *peer, json_t *params, Failure *failure)
{
    uint32_t friend_number;
    uint32_t file_number;
    uint8_t file_id[TOX_FILE_ID_LENGTH];
    Tox_Err_File_Get error;

    if (!take_file(params, &friend_number, &file_number, failure)) {
        return NULL;
    }

    return tox_file_get_file_id(peer->tox, friend_number, file_number, file_id, &error)
           ? json_pack("{s:o}", "file_id", hex(file_id, sizeof(file_id)))
           : refuse(failure, file_get_error(error));
}

/* Hands over what c-toxcore has asked for; the rest waits when its queue is full. */
static void send_chunks(Tox *tox, Transfer *t)
{
    while (t->position < t->wanted) {
        uint8_t chunk[CHUNK_SIZE];
        const uint64_t left = t->size - t->position;
        const size_t length = left < CHUNK_SIZE ? (size_t)left : CHUNK_SIZE;

        if (fseeko(t->file, (off_t)t->position, SEEK_SET) != 0 || fread(chunk, 1, length, t->file) != length) {
            tox_file_control(tox, t->friend_number, t->file_number, TOX_FILE_CONTROL_CANCEL, NULL);
            t->wanted = t->position;
            return;
        }

        if (!tox_file_send_chunk(tox, t->friend_number, t->file_number, t->position, chunk, length, NULL)) {
            return;
        }

        t->position += length;
    }
}

void pump_files(Peer *peer)
{
    for (Transfer *t = peer->transfers; t != NULL; t = t->next) {
        send_chunks(peer->tox, t);
    }
}

static void on_file_recv(Tox *tox, uint32_t friend_number, uint32_t file_number, uint32_t kind, uint64_t file_size,
                         const uint8_t *filename, size_t filename_length, void *user_data)
{
    (void)tox, (void)user_data;
    json_t *params = file_event("file_recv", friend_number, file_number);
    json_object_set_new(params, "kind", number(kind));
    json_object_set_new(params, "file_size", number(file_size));
    json_object_set_new(params, "filename", text(filename, filename_length));
    emit(params);
}

static void on_file_recv_control(Tox *tox, uint32_t friend_number, uint32_t file_number, Tox_File_Control control,
                                 void *user_data)
{
    (void)tox;
    Peer *peer = user_data;
    json_t *params = file_event("file_recv_control", friend_number, file_number);
    json_object_set_new(params, "control", json_string(file_control_name(control)));
    emit(params);
    Transfer *transfer = find(peer, friend_number, file_number);

    if (control == TOX_FILE_CONTROL_CANCEL && transfer != NULL) {
        forget(peer, transfer);
    }
}

static void on_file_chunk_request(Tox *tox, uint32_t friend_number, uint32_t file_number, uint64_t position,
                                  size_t length, void *user_data)
{
    Peer *peer = user_data;
    Transfer *transfer = find(peer, friend_number, file_number);

    if (transfer == NULL) {
        json_t *params = file_event("file_chunk_request", friend_number, file_number);
        json_object_set_new(params, "position", number(position));
        json_object_set_new(params, "length", number(length));
        emit(params);
    } else if (length == 0) {
        emit_end("file_sent", transfer);
        forget(peer, transfer);
    } else {
        /* After the receiver's seek the first request is further on. */
        if (transfer->position == transfer->wanted) {
            transfer->position = position;
        }

        transfer->wanted = position + length;
        send_chunks(tox, transfer);
    }
}

static void on_file_recv_chunk(Tox *tox, uint32_t friend_number, uint32_t file_number, uint64_t position,
                               const uint8_t *data, size_t length, void *user_data)
{
    Peer *peer = user_data;
    Transfer *transfer = find(peer, friend_number, file_number);

    if (transfer == NULL) {
        json_t *params = file_event("file_recv_chunk", friend_number, file_number);
        json_object_set_new(params, "position", number(position));
        json_object_set_new(params, "data", hex(data, length));
        emit(params);
    } else if (length == 0) {
        fflush(transfer->file);
        emit_end("file_finished", transfer);
        forget(peer, transfer);
    } else if (fseeko(transfer->file, (off_t)position, SEEK_SET) != 0
               || fwrite(data, 1, length, transfer->file) != length) {
        fprintf(stderr, "tox-rpc: %s: %s\n", transfer->path, strerror(errno));
        tox_file_control(tox, friend_number, file_number, TOX_FILE_CONTROL_CANCEL, NULL);
        forget(peer, transfer);
    } else if (position + length > transfer->size) {
        transfer->size = position + length;
    }
}

void register_file_events(Tox *tox)
{
    tox_callback_file_recv(tox, on_file_recv);
    tox_callback_file_recv_control(tox, on_file_recv_control);
    tox_callback_file_chunk_request(tox, on_file_chunk_request);
    tox_callback_file_recv_chunk(tox, on_file_recv_chunk);
}
