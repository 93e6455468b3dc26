// What a disk's driver answers, sound and hostile; and JSON out of texts that are no good text.
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "check.hpp"
#include "json.hpp"
#include "storage_descriptor.hpp"

namespace {

using iscbridge::device::JsonObject;
using iscbridge::device::read_descriptor;
using iscbridge::device::StorageDescriptor;

using Bytes = std::vector<unsigned char>;

void put(Bytes &bytes, std::size_t where, std::uint32_t value) {
    for (int i = 0; i < 4; ++i) {
        bytes[where + i] = static_cast<unsigned char>(value >> (8 * i));
    }
}

/// STORAGE_DEVICE_DESCRIPTOR of 36 bytes with vendor, product and serial behind it, as winioctl.h has it. Made up: no
/// answer of a real disk's driver has been recorded yet.
Bytes descriptor(const std::string &vendor, const std::string &product, const std::string &serial) {
    Bytes out(36);
    put(out, 0, 40);  // Version: the size that the structure had
    out[8] = 0;       // DeviceType: a disk
    put(out, 28, 17);  // BusTypeNvme
    const auto append = [&out](std::size_t where, const std::string &text) {
        if (!text.empty()) {
            put(out, where, static_cast<std::uint32_t>(out.size()));
            out.insert(out.end(), text.begin(), text.end());
            out.push_back(0);
        }
    };
    append(12, vendor);
    append(16, product);
    append(24, serial);
    put(out, 4, static_cast<std::uint32_t>(out.size()));
    return out;
}

/// In memory of just that size, so that a sanitizer sees each byte that is read beyond it.
bool read(const Bytes &bytes, StorageDescriptor &out) {
    const Bytes exact(bytes);
    return read_descriptor(exact.data(), exact.size(), out);
}

void reads_a_good_one() {
    StorageDescriptor found;
    CHECK(read(descriptor("", "SAMSUNG MZVL21T0HCLR-00B00", "  0025_38B9_31B2_9C44. "), found));
    CHECK_EQ(found.serial, "0025_38B9_31B2_9C44.");
    CHECK_EQ(found.model, "SAMSUNG MZVL21T0HCLR-00B00");
    CHECK_EQ(found.bus, 17U);
    CHECK(!found.removable_media);
    CHECK(read(descriptor("DELL    ", "PERC H730P Mini ", ""), found));
    CHECK_EQ(found.model, "DELL PERC H730P Mini");
    CHECK_EQ(found.serial, "");
}

/// Recorded: what Wine 8 answers for PhysicalDrive0, 40 bytes, all offsets of texts 0.
void reads_what_wine_answers() {
    Bytes bytes(40);
    put(bytes, 0, 40);
    put(bytes, 4, 40);
    bytes[8] = 7;  // an optical drive, says Wine
    put(bytes, 28, 1);
    StorageDescriptor found;
    CHECK(read(bytes, found));
    CHECK_EQ(found.serial, "");
    CHECK_EQ(found.model, "");
    CHECK_EQ(found.bus, 1U);
    CHECK_EQ(static_cast<unsigned>(found.device_type), 7U);
    CHECK(!found.removable_media);
}

void has_no_text_outside_of_the_answer() {
    Bytes bytes = descriptor("", "", "WD1234");
    for (const std::uint32_t offset : {0U, 1U, 35U, 43U, 44U, 1000U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
        put(bytes, 24, offset);
        StorageDescriptor found;
        CHECK(read(bytes, found));
        CHECK_EQ(found.serial, "");
    }
    bytes = descriptor("", "", "WD1234");
    bytes.pop_back();  // no closing NUL: it ends where the answer ends
    StorageDescriptor found;
    CHECK(read(bytes, found));
    CHECK_EQ(found.serial, "WD1234");
    put(bytes, 4, 39);  // the driver says that fewer bytes hold
    CHECK(read(bytes, found));
    CHECK_EQ(found.serial, "WD1");
}

void refuses_what_is_none() {
    const Bytes good = descriptor("V", "P", "S");
    StorageDescriptor found;
    for (std::size_t size = 0; size < 36; ++size) {
        CHECK(!read(Bytes(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(size)), found));
    }
    Bytes small = good;
    put(small, 4, 35);
    CHECK(!read(small, found));
}

void survives_anything() {
    std::uint32_t random = 1;
    const auto next = [&random] { return random = random * 1664525U + 1013904223U, random >> 8; };
    const Bytes good = descriptor("Vendor", "Product", "Serial 0123");
    for (int round = 0; round < 200000; ++round) {
        Bytes bytes = good;
        bytes.resize(next() % (good.size() + 1));
        for (std::uint32_t changes = next() % 6; changes > 0 && !bytes.empty(); --changes) {
            bytes[next() % bytes.size()] = static_cast<unsigned char>(next());
        }
        StorageDescriptor found;
        if (read(bytes, found)) {
            CHECK(found.serial.size() < bytes.size() && found.model.size() <= 2 * bytes.size());
        }
    }
}

void writes_plain_json() {
    JsonObject object;
    object.text("bytes", std::string_view("a\"\\\n\x7F\xC3\xFF\0z", 9));
    object.text("units", std::u16string_view(u"\u4e3b\xD800!"));
    object.known_text("unknown", "");
    object.number("number", 4294967295U);
    object.boolean("yes", true);
    CHECK_EQ(object.finished(), "{\"bytes\":\"a\\u0022\\u005C\\u000A\\u007F\\u00C3\\u00FF\\u0000z\","
                                "\"units\":\"\\u4E3B\\uD800!\",\"number\":4294967295,\"yes\":true}");
}

}  // namespace

int main() {
    reads_a_good_one();
    reads_what_wine_answers();
    has_no_text_outside_of_the_answer();
    refuses_what_is_none();
    survives_anything();
    writes_plain_json();
    return 0;
}
