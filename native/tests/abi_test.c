/* The header in plain C11, and the functions through it. */
#include "iscdesk_c.h"

#include <stdio.h>
#include <string.h>

#define CHECK(condition)                                                \
    do {                                                                \
        if (!(condition)) {                                             \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            return 1;                                                   \
        }                                                               \
    } while (0)

_Static_assert(sizeof(isc_status) == sizeof(int32_t), "statuses travel as int32_t");
_Static_assert(sizeof(isc_event) == 64, "the same on every system");

static int sizes(void) {
    CHECK(isc_abi_version() == ISC_ABI_VERSION);
    CHECK(isc_struct_size(1) == sizeof(isc_config));
    CHECK(isc_struct_size(2) == sizeof(isc_info));
    CHECK(isc_struct_size(3) == sizeof(isc_event));
    CHECK(isc_struct_size(0) == 0);
    CHECK(isc_struct_size(4) == 0);
    return 0;
}

static int status_texts(void) {
    int32_t status;
    for (status = ISC_OK; status >= ISC_ERR_INTERNAL; --status) {
        CHECK(strlen(isc_status_text(status)) > 0);
        CHECK(strcmp(isc_status_text(status), isc_status_text(1)) != 0);
    }
    CHECK(strcmp(isc_status_text(ISC_ERR_INTERNAL - 1), isc_status_text(1)) == 0);
    return 0;
}

static int open_refuses(void) {
    isc_handle *handle = (isc_handle *)&handle;
    isc_config config = {sizeof(isc_config), ISC_ABI_VERSION, "/no/such/library", 0, 0};
    isc_config other;

    CHECK(isc_open(NULL, &config) == ISC_ERR_ARGUMENT);
    CHECK(isc_open(&handle, NULL) == ISC_ERR_ARGUMENT);
    other = config;
    other.size = sizeof(isc_config) - 4;
    CHECK(isc_open(&handle, &other) == ISC_ERR_ABI);
    CHECK(handle == NULL);
    other = config;
    other.size = sizeof(isc_config) + 8;
    CHECK(isc_open(&handle, &other) == ISC_ERR_ABI);
    other = config;
    other.abi_version = ISC_ABI_VERSION + 1;
    CHECK(isc_open(&handle, &other) == ISC_ERR_ABI);
    other = config;
    other.flags = 1;
    CHECK(isc_open(&handle, &other) == ISC_ERR_ARGUMENT);
    other = config;
    other.sdk_library = "relative/library";
    CHECK(isc_open(&handle, &other) == ISC_ERR_ARGUMENT);
    other = config;
    other.sdk_library = "";
    CHECK(isc_open(&handle, &other) == ISC_ERR_ARGUMENT);
    other = config;
    other.sdk_library = "/\xFF";
    CHECK(isc_open(&handle, &other) == ISC_ERR_ENCODING);
#ifndef _WIN32
    CHECK(isc_open(&handle, &config) == ISC_ERR_LOAD);
    CHECK(isc_open(&handle, &config) == ISC_ERR_LOAD); /* a failed open occupies nothing */
#endif
    CHECK(handle == NULL);
    return 0;
}

static int functions_refuse(isc_handle *handle, int32_t expected) {
    isc_info info = {0};
    isc_event event = {0};
    uint64_t call = 5;
    info.size = sizeof(info);
    event.size = sizeof(event);
    CHECK(isc_get_info(handle, &info) == expected);
    CHECK(isc_init(handle, &call) == expected);
    CHECK(call == 0);
    CHECK(isc_license_file_request(handle, "f", "d", NULL) == expected);
    CHECK(isc_license_string_request(handle, "d", NULL) == expected);
    CHECK(isc_license_verify_notify(handle, 1, "", NULL) == expected);
    CHECK(isc_trial_expired(handle, ISC_LICENSE_FILE, "d", "f", NULL) == expected);
    CHECK(isc_check_new_versions(handle, NULL) == expected);
    CHECK(isc_upgrade_notify(handle, 1, NULL) == expected);
    CHECK(isc_open_cloud_file(handle, NULL) == expected);
    CHECK(isc_save(handle, "/p", 0, NULL) == expected);
    CHECK(isc_select_save_as_path(handle, "/p", 0, NULL) == expected);
    CHECK(isc_get_solution(handle, "/p", NULL) == expected);
    CHECK(isc_wait_events(handle, 0, &event, 1) == expected);
    CHECK(isc_shut_out(handle, NULL) == expected);
    CHECK(isc_close(handle, 0) == expected);
    return 0;
}

static int an_open_handle(const char *library) {
    isc_handle *handle = NULL;
    isc_handle *second = NULL;
    isc_config config = {sizeof(isc_config), ISC_ABI_VERSION, library, 0, 0};
    isc_info info = {0};
    isc_event event = {0};
    uint64_t call = 5;

    CHECK(isc_open(&handle, &config) == ISC_OK);
    CHECK(isc_open(&second, &config) == ISC_ERR_UNSUPPORTED); /* one for each process */
    CHECK(second == NULL);
    CHECK(isc_get_info(handle, NULL) == ISC_ERR_ARGUMENT);
    info.size = sizeof(info) + 1;
    CHECK(isc_get_info(handle, &info) == ISC_ERR_ABI);
    CHECK(isc_wait_events(handle, 0, NULL, 1) == ISC_ERR_ARGUMENT);
    event.size = sizeof(event);
    CHECK(isc_wait_events(handle, 0, &event, 0) == ISC_ERR_ARGUMENT);
    CHECK(isc_wait_events(handle, 0, &event, 1) == 0);
    event.size = sizeof(event) - 8;
    CHECK(isc_wait_events(handle, 0, &event, 1) == ISC_ERR_ABI);
    CHECK(isc_save(handle, "/p", 0, &call) == ISC_ERR_UNSUPPORTED); /* Init must be first */
    CHECK(call == 0);
    CHECK(isc_init(handle, &call) == ISC_OK);
    CHECK(call == 1);
    CHECK(isc_init(handle, &call) == ISC_ERR_UNSUPPORTED);
    CHECK(call == 0);
    CHECK(isc_save(handle, NULL, 0, &call) == ISC_ERR_ARGUMENT);
    CHECK(isc_save(handle, "", 0, &call) == ISC_ERR_ARGUMENT);
    CHECK(isc_select_save_as_path(handle, "", 0, &call) == ISC_ERR_ARGUMENT);
    CHECK(isc_get_solution(handle, NULL, &call) == ISC_ERR_ARGUMENT);
    CHECK(isc_trial_expired(handle, 3, "", "", &call) == ISC_ERR_ARGUMENT);
    CHECK(isc_shut_out(handle, NULL) == ISC_OK);
    CHECK(isc_save(handle, "/p", 0, &call) == ISC_ERR_UNSUPPORTED);
    CHECK(isc_close(handle, -1) == ISC_OK);
    CHECK(functions_refuse(handle, ISC_ERR_CLOSED) == 0);

    second = handle;
    CHECK(isc_open(&handle, &config) == ISC_OK);
    CHECK(handle != second); /* a handle never comes back */
    CHECK(isc_close(second, 0) == ISC_ERR_CLOSED);
    CHECK(isc_close(handle, -1) == ISC_OK);
    return 0;
}

int main(int argc, char **argv) {
    CHECK(argc == 2);
    CHECK(sizes() == 0);
    CHECK(status_texts() == 0);
    CHECK(open_refuses() == 0);
    CHECK(functions_refuse(NULL, ISC_ERR_ARGUMENT) == 0);
    CHECK(an_open_handle(argv[1]) == 0);
    return 0;
}
