/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * JSON-RPC lines: parsing and answering requests, writing notifications, and
 * the conversions between JSON values and c-toxcore's bytes.
 */
#include "rpc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many bytes the UTF-8 sequence at `p` has; `*valid` is false when these
 * bytes are the longest beginning of a sequence that then goes wrong, which is
 * what one U+FFFD stands for (the rule of WHATWG's decoder, thus of Node). */
static size_t utf8_sequence(const uint8_t *p, size_t left, bool *valid)
{
    const uint8_t lead = p[0];
    size_t length = 1;
    uint8_t low = 0x80;
    uint8_t high = 0xBF;

    *valid = true;

    if (lead < 0x80) {
        return 1;
    }

    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : 0x80;
        high = lead == 0xED ? 0x9F : 0xBF;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : 0x80;
        high = lead == 0xF4 ? 0x8F : 0xBF;
    } else {
        *valid = false;
        return 1;
    }

    for (size_t i = 1; i < length; ++i) {
        if (i >= left || p[i] < low || p[i] > high) {
            *valid = false;
            return i;
        }

        low = 0x80;
        high = 0xBF;
    }

    return length;
}

json_t *text(const uint8_t *bytes, size_t length)
{
    /* Every bad byte takes at most the three bytes of U+FFFD. */
    char *clean = malloc(3 * length + 1);

    if (clean == NULL) {
        return NULL;
    }

    size_t used = 0;

    for (size_t i = 0; i < length;) {
        bool valid;
        const size_t n = utf8_sequence(bytes + i, length - i, &valid);
        memcpy(clean + used, valid ? (const char *)bytes + i : "\xEF\xBF\xBD", valid ? n : 3);
        used += valid ? n : 3;
        i += n;
    }

    json_t *string = json_stringn(clean, used);
    free(clean);
    return string;
}

json_t *hex(const uint8_t *bytes, size_t length)
{
    char *digits = malloc(2 * length + 1);

    if (digits == NULL) {
        return NULL;
    }

    for (size_t i = 0; i < length; ++i) {
        digits[2 * i] = "0123456789ABCDEF"[bytes[i] >> 4];
        digits[2 * i + 1] = "0123456789ABCDEF"[bytes[i] & 15];
    }

    json_t *string = json_stringn(digits, 2 * length);
    free(digits);
    return string;
}

/* A stream's file size is UINT64_MAX, which jansson's signed integers lack. */
json_t *number(uint64_t value)
{
    return value <= INT64_MAX ? json_integer((json_int_t)value) : json_real((double)value);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return -1;
}

bool parse_hex(const char *digits, uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; ++i) {
        const int high = hex_digit(digits[2 * i]);
        const int low = high < 0 ? -1 : hex_digit(digits[2 * i + 1]);

        if (low < 0) {
            return false;
        }

        bytes[i] = (uint8_t)(high << 4 | low);
    }

    return true;
}

json_t *refuse(Failure *failure, const char *name)
{
    failure->code = RPC_REFUSED;
    failure->name = name;
    snprintf(failure->message, sizeof(failure->message), "%s", name);
    return NULL;
}

json_t *invalid(Failure *failure, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    failure->code = RPC_INVALID_PARAMS;
    vsnprintf(failure->message, sizeof(failure->message), format, args);
    va_end(args);
    return NULL;
}

bool has(json_t *params, const char *key)
{
    return json_object_get(params, key) != NULL;
}

bool take_number(json_t *params, const char *key, uint64_t max, uint64_t *value, Failure *failure)
{
    const json_t *given = json_object_get(params, key);

    if (json_is_integer(given) && json_integer_value(given) >= 0 && (uint64_t)json_integer_value(given) <= max) {
        *value = (uint64_t)json_integer_value(given);
        return true;
    }

    /* The only larger number of the API is a stream's size. */
    if (json_is_real(given) && max == UINT64_MAX && json_real_value(given) >= 18446744073709551615.0) {
        *value = UINT64_MAX;
        return true;
    }

    invalid(failure, "%s: expected a number from 0 to %llu", key, (unsigned long long)max);
    return false;
}

bool take_u32(json_t *params, const char *key, uint32_t *value, Failure *failure)
{
    uint64_t wide;

    if (!take_number(params, key, UINT32_MAX, &wide, failure)) {
        return false;
    }

    *value = (uint32_t)wide;
    return true;
}

bool take_bool(json_t *params, const char *key, bool *value, Failure *failure)
{
    const json_t *given = json_object_get(params, key);

    if (!json_is_boolean(given)) {
        invalid(failure, "%s: expected true or false", key);
        return false;
    }

    *value = json_is_true(given);
    return true;
}

bool take_text(json_t *params, const char *key, const char **value, size_t *length, Failure *failure)
{
    const json_t *given = json_object_get(params, key);

    if (!json_is_string(given)) {
        invalid(failure, "%s: expected a string", key);
        return false;
    }

    *value = json_string_value(given);
    *length = json_string_length(given);
    return true;
}

bool take_key(json_t *params, const char *key, uint8_t *bytes, size_t length, Failure *failure)
{
    const char *digits;
    size_t count;

    if (!take_text(params, key, &digits, &count, failure)) {
        return false;
    }

    if (count != 2 * length || !parse_hex(digits, bytes, length)) {
        invalid(failure, "%s: expected %zu hexadecimal digits", key, 2 * length);
        return false;
    }

    return true;
}

uint8_t *take_data(json_t *params, const char *key, size_t *length, Failure *failure)
{
    const char *digits;
    size_t count;

    if (!take_text(params, key, &digits, &count, failure)) {
        return NULL;
    }

    *length = count / 2;
    uint8_t *data = malloc(*length + 1);

    if (data == NULL || count % 2 != 0 || !parse_hex(digits, data, *length)) {
        free(data);
        invalid(failure, "%s: expected hexadecimal digits", key);
        return NULL;
    }

    return data;
}

static void write_line(json_t *object)
{
    char *line = json_dumps(object, JSON_COMPACT);

    if (line != NULL) {
        fputs(line, stdout);
        fputc('\n', stdout);
        fflush(stdout);
        free(line);
    }

    json_decref(object);
}

void notify(const char *method, json_t *params)
{
    write_line(json_pack("{s:s, s:s, s:o}", "jsonrpc", "2.0", "method", method, "params", params));
}

json_t *event(const char *type)
{
    return json_pack("{s:s}", "type", type);
}

void emit(json_t *params)
{
    notify("event", params);
}

static void answer_error(json_t *id, const Failure *failure)
{
    json_t *error = json_pack("{s:i, s:o}", "code", failure->code, "message",
                              text((const uint8_t *)failure->message, strlen(failure->message)));

    if (failure->name != NULL) {
        json_object_set_new(error, "data", json_pack("{s:s}", "code", failure->name));
    }

    write_line(json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "error", error));
}

static json_t *run(Peer *peer, json_t *request, Failure *failure)
{
    const char *name = json_string_value(json_object_get(request, "method"));
    const Method_Entry *method = find_method(name);

    if (method == NULL) {
        failure->code = RPC_METHOD_NOT_FOUND;
        snprintf(failure->message, sizeof(failure->message), "no such method: %.100s", name);
        return NULL;
    }

    json_t *given = json_object_get(request, "params");

    if (given != NULL && !json_is_object(given)) {
        return invalid(failure, "params: expected an object");
    }

    json_t *params = given != NULL ? json_incref(given) : json_object();
    json_t *result = method->run(peer, params, failure);
    json_decref(params);

    if (result != NULL && method->changes && peer->profile != NULL && !save_profile(peer, peer->profile)) {
        fprintf(stderr, "tox-rpc: %s: %s\n", peer->profile, strerror(errno));
    }

    return result;
}

void handle_line(Peer *peer, const char *line, size_t length)
{
    json_error_t where;
    Failure failure = {.code = 0};
    json_t *request = json_loadb(line, length, JSON_ALLOW_NUL | JSON_DECODE_ANY, &where);

    if (request == NULL) {
        failure.code = RPC_PARSE_ERROR;
        snprintf(failure.message, sizeof(failure.message), "not JSON: %.150s", where.text);
        answer_error(json_null(), &failure);
        return;
    }

    const char *version = json_string_value(json_object_get(request, "jsonrpc"));
    json_t *id = json_object_get(request, "id");
    const bool id_fits = id == NULL || json_is_string(id) || json_is_number(id) || json_is_null(id);

    if (version == NULL || strcmp(version, "2.0") != 0 || !id_fits
            || !json_is_string(json_object_get(request, "method"))) {
        failure.code = RPC_INVALID_REQUEST;
        snprintf(failure.message, sizeof(failure.message), "not a JSON-RPC 2.0 request");
        answer_error(id != NULL && id_fits ? id : json_null(), &failure);
        json_decref(request);
        return;
    }

    json_t *result = run(peer, request, &failure);

    /* A request without an id is a notification: it is not answered. */
    if (id == NULL) {
        json_decref(result);
    } else if (result != NULL) {
        write_line(json_pack("{s:s, s:O, s:o}", "jsonrpc", "2.0", "id", id, "result", result));
    } else {
        answer_error(id, &failure);
    }

    json_decref(request);
}
