/* The C ABI as C sees it: versions, sizes, what is refused before anything is asked. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "iscbridge_client.h"

#define CHECK(condition)                                                  \
    do {                                                                  \
        if (!(condition)) {                                               \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
            exit(1);                                                      \
        }                                                                 \
    } while (0)

static iscb_config config_for_nobody(void) {
    iscb_config config;
    memset(&config, 0, sizeof(config));
    config.size = sizeof(config);
    config.abi_version = ISCB_ABI_VERSION;
    config.host = "abi test";
#ifdef _WIN32
    config.address = "\\\\.\\pipe\\iscbridge-nobody-listens-here";
#else
    config.address = "/nobody/listens/here.sock";
#endif
    return config;
}

static void check_versions(void) {
    const size_t sizes[] = {sizeof(iscb_config), sizeof(iscb_save_options), sizeof(iscb_error), sizeof(iscb_job),
                            sizeof(iscb_file), sizeof(iscb_license), sizeof(iscb_event)};
    uint32_t which;
    int32_t status;
    CHECK(iscb_abi_version() == ISCB_ABI_VERSION);
    for (which = 1; which <= 7; ++which) {
        CHECK(iscb_struct_size(which) == sizes[which - 1]);
    }
    CHECK(iscb_struct_size(0) == 0 && iscb_struct_size(8) == 0);
    for (status = ISCB_OK; status >= ISCB_ERR_INTERNAL; --status) {
        CHECK(strcmp(iscb_status_text(status), iscb_status_text(-1000)) != 0);
    }
    iscb_free(NULL);
}

static void check_config(void) {
    const char *const broken[] = {"/bin/\xC3\x28", NULL};
    const char *const relative[] = {"iscbridge", "serve", NULL};
    iscb_client *client = NULL;
    iscb_config config = config_for_nobody();
    CHECK(iscb_create(NULL, &client) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_create(&config, NULL) == ISCB_ERR_ARGUMENT);
    config.size = 8;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ABI && client == NULL);
    config = config_for_nobody();
    config.abi_version = ISCB_ABI_VERSION + 1;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ABI);
    config = config_for_nobody();
    config.flags = 1;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ARGUMENT);
    config = config_for_nobody();
    config.host = "";
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ARGUMENT);
    config.host = "\xFF";
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ENCODING);
    config = config_for_nobody();
    config.start_command = broken;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ENCODING);
    config = config_for_nobody();
    config.start_command = relative;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ARGUMENT);
    config = config_for_nobody();
    config.timeout_ms = -5;
    CHECK(iscb_create(&config, &client) == ISCB_ERR_ARGUMENT);
}

static void check_arguments(iscb_client *client) {
    iscb_save_options options;
    iscb_job *job = (iscb_job *)client;
    iscb_error *error = NULL;
    iscb_event *event = NULL;
    const char *const files[] = {"/a", NULL};
    CHECK(iscb_save(NULL, "/a", NULL, 0, &job, &error) == ISCB_ERR_ARGUMENT);
    CHECK(job == NULL && error != NULL && error->status == ISCB_ERR_ARGUMENT && error->code[0] != '\0');
    iscb_free(error);
    CHECK(iscb_save(client, NULL, NULL, 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_save(client, "", NULL, 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_save(client, "/\xE5\xA3", NULL, 0, NULL, NULL) == ISCB_ERR_ENCODING);
    CHECK(iscb_save(client, "/a", NULL, -2, NULL, NULL) == ISCB_ERR_ARGUMENT);
    memset(&options, 0, sizeof(options));
    CHECK(iscb_save(client, "/a", &options, 0, NULL, &error) == ISCB_ERR_ABI);
    CHECK(error->status == ISCB_ERR_ABI && error->retry == ISCB_RETRY_NO); /* trying again does not help */
    iscb_free(error);
    options.size = sizeof(options);
    options.file_count = 1;
    CHECK(iscb_save(client, "/a", &options, 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    options.files = files;
    options.file_count = 2;
    CHECK(iscb_save(client, "/a", &options, 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_request(client, "bridge.hello", "{}", 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_request(client, "job.list", "[]", 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_request(client, "job.list", "{\"limit\":1", 0, NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_license_check(client, NULL, 0, NULL, NULL) == ISCB_ERR_ARGUMENT); /* the config names no product */
    CHECK(iscb_wait_event(client, 0, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_wait_event(client, 0, &event) == 0 && event == NULL);
}

static void check_nobody(iscb_client *client) {
    iscb_job *job = NULL;
    iscb_error *error = NULL;
    CHECK(iscb_connect(client, 60000, NULL, &error) == ISCB_ERR_NOT_RUNNING);
    CHECK(strcmp(error->code, "ISCB-BRIDGE-NOT-RUNNING") == 0 && error->remedy[0] != '\0');
    iscb_free(error);
    CHECK(iscb_save(client, "/a", NULL, 60000, &job, &error) == ISCB_ERR_NOT_RUNNING);
    CHECK(strlen(error->request_id) == 32);
    iscb_free(error);
    CHECK(iscb_is_connected(client) == 0);
}

/* The library's own words are in the host's language. */
static void check_language(void) {
    iscb_client *client = NULL;
    iscb_error *error = NULL;
    iscb_event *event = NULL;
    iscb_config config = config_for_nobody();
    config.language = "zh";
    CHECK(iscb_create(&config, &client) == ISCB_OK);
    CHECK(iscb_connect(client, 60000, NULL, &error) == ISCB_ERR_NOT_RUNNING);
    CHECK(strcmp(error->title, "ISCBridge 没有运行") == 0);
    iscb_free(error);
    CHECK(iscb_post(client, "job.list", NULL, 60000, 1) == ISCB_OK);
    CHECK(iscb_wait_event(client, 60000, &event) == 1 && event->status == ISCB_ERR_NOT_RUNNING);
    CHECK(strcmp(event->error->title, "ISCBridge 没有运行") == 0);
    iscb_free(event);
    CHECK(iscb_close(client, 60000) == ISCB_OK);
}

int main(void) {
    iscb_client *client = NULL;
    iscb_config config = config_for_nobody();
    char *address = NULL;
    check_versions();
    check_config();
    check_language();
    CHECK(iscb_create(&config, &client) == ISCB_OK && client != NULL);
    check_arguments(client);
    check_nobody(client);
    CHECK(iscb_close(client, -2) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_close(client, 60000) == ISCB_OK);
    CHECK(iscb_close(client, 60000) == ISCB_ERR_CLOSED);
    CHECK(iscb_is_connected(client) == ISCB_ERR_CLOSED);
    CHECK(iscb_connect(client, 0, NULL, NULL) == ISCB_ERR_CLOSED);
    CHECK(iscb_find_address(NULL, NULL) == ISCB_ERR_ARGUMENT);
    CHECK(iscb_find_address(NULL, &address) == ISCB_OK && address[0] != '\0');
    iscb_free(address);
    return 0;
}
