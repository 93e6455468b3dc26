/* isc_device.h in plain C11, and its functions on the machine that runs this. */
#include "isc_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                   \
        }                                                               \
    } while (0)

_Static_assert(sizeof(isc_device_status) == sizeof(int32_t), "statuses travel as int32_t");
_Static_assert(sizeof(isc_device_part) == sizeof(uint32_t), "parts travel as uint32_t");

static int status_texts(void) {
    int32_t status;
    CHECK(isc_device_abi_version() == ISC_DEVICE_ABI_VERSION);
    for (status = ISC_DEVICE_OK; status >= ISC_DEVICE_ERR_SYSTEM; --status) {
        CHECK(strlen(isc_device_status_text(status)) > 0);
        CHECK(strcmp(isc_device_status_text(status), isc_device_status_text(1)) != 0);
    }
    CHECK(strcmp(isc_device_status_text(ISC_DEVICE_ERR_SYSTEM - 1), isc_device_status_text(1)) == 0);
    return 0;
}

static int refusals(void) {
    uint8_t byte = 0x5A;
    uint32_t length = 7;
    CHECK(isc_device_read(ISC_DEVICE_CPU, &byte, 1, NULL) == ISC_DEVICE_ERR_ARGUMENT);
    CHECK(isc_device_read(ISC_DEVICE_CPU, NULL, 1, &length) == ISC_DEVICE_ERR_ARGUMENT);
    CHECK(length == 0);
    length = 7;
    CHECK(isc_device_read(0, &byte, 1, &length) == ISC_DEVICE_ERR_ARGUMENT);
    CHECK(length == 0);
    CHECK(isc_device_read(ISC_DEVICE_CPU + 1, &byte, 1, &length) == ISC_DEVICE_ERR_ARGUMENT);
    CHECK(isc_device_read(UINT32_MAX, &byte, 1, &length) == ISC_DEVICE_ERR_ARGUMENT);
    CHECK(byte == 0x5A);
    return 0;
}

/* Text parts are one JSON object in printable ASCII; the firmware has its header. */
static int looks_right(uint32_t part, const uint8_t *data, uint32_t length) {
    uint32_t i;
    if (part == ISC_DEVICE_FIRMWARE) {
        CHECK(length >= 8);
        return 0;
    }
    CHECK(length >= 2);
    CHECK(data[0] == '{');
    CHECK(data[length - 1] == '}');
    for (i = 0; i < length; ++i) {
        CHECK(data[i] >= 0x20 && data[i] < 0x7F);
    }
    return 0;
}

static int one_part(uint32_t part) {
    enum { guard = 16 };
    uint32_t length = 0;
    uint32_t again = 0;
    uint32_t i;
    uint8_t *room;
    int32_t status = isc_device_read(part, NULL, 0, &length);
    if (status == ISC_DEVICE_ERR_SYSTEM) { /* a machine need not give everything; the CPU is always there */
        CHECK(part != ISC_DEVICE_CPU);
        CHECK(length == 0);
        return 0;
    }
    CHECK(status == ISC_DEVICE_ERR_BUFFER);
    CHECK(length > 0);

    room = malloc(length + guard);
    CHECK(room != NULL);
    memset(room, 0xA5, length + guard);
    CHECK(isc_device_read(part, room, length - 1, &again) == ISC_DEVICE_ERR_BUFFER);
    CHECK(again == length);
    for (i = 0; i < length + guard; ++i) {
        CHECK(room[i] == 0xA5); /* nothing is written into a buffer that is too small */
    }
    CHECK(isc_device_read(part, room, length, &again) == ISC_DEVICE_OK);
    CHECK(again == length);
    for (i = length; i < length + guard; ++i) {
        CHECK(room[i] == 0xA5);
    }
    CHECK(looks_right(part, room, length) == 0);
    free(room);
    return 0;
}

int main(void) {
    uint32_t part;
    if (status_texts() != 0 || refusals() != 0) {
        return 1;
    }
    for (part = ISC_DEVICE_ADAPTERS; part <= ISC_DEVICE_CPU; ++part) {
        if (one_part(part) != 0) {
            fprintf(stderr, "part %u\n", (unsigned)part);
            return 1;
        }
    }
    return 0;
}
