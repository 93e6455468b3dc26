// Frames and messages of desk wire 1, and what a hostile desk may send in their place.
#include "wire.hpp"

#include <string>
#include <vector>

#include "check.hpp"
#include "mutations.hpp"

using namespace desk_wire;

namespace {

std::vector<std::string> frames_of(FrameReader &reader) {
    std::vector<std::string> frames;
    while (auto frame = reader.next()) {
        frames.push_back(*frame);
    }
    return frames;
}

void encodes_as_the_contract_says() {
    CHECK_EQ(*encode({"bye"}), std::string("\0\0\0\3bye", 7));
    CHECK_EQ(*encode({"call", "1", "Save", "", "true"}), std::string("\0\0\0\x11" "call\0" "1\0" "Save\0" "\0" "true", 21));
    CHECK(!encode({}));
    CHECK(!encode({""}));
    CHECK(!encode({std::string("a\0b", 3)}));
    CHECK(encode({std::string(largest_frame, 'x')}));
    CHECK(!encode({std::string(largest_frame, 'x'), ""}));
}

void reads_frames_however_they_are_cut() {
    const std::string stream = *encode({"welcome", "1"}) + *encode({"event", "E", "{}"}) + *encode({"bye", ""});
    for (std::size_t step = 1; step <= stream.size(); ++step) {
        FrameReader reader;
        std::vector<std::string> frames;
        for (std::size_t at = 0; at < stream.size(); at += step) {
            reader.feed(std::string_view(stream).substr(at, step));
            for (std::string &frame : frames_of(reader)) {
                frames.push_back(std::move(frame));
            }
        }
        CHECK_EQ(frames.size(), 3U);
        CHECK_EQ(frames[1], std::string("event\0E\0{}", 10));
        CHECK(!reader.broken());
    }
}

void stops_at_an_impossible_length() {
    for (const std::string &header : {std::string("\0\0\0\0", 4), std::string("\1\0\0\1", 4), std::string("\xFF\xFF\xFF\xFF")}) {
        FrameReader reader;
        reader.feed(*encode({"bye", ""}));
        reader.feed(header + "rest");
        CHECK_EQ(frames_of(reader).size(), 1U);
        CHECK(reader.broken());
        reader.feed(*encode({"bye", ""}));
        CHECK(frames_of(reader).empty());
    }
}

void takes_only_messages_that_are_exactly_right() {
    const auto parsed = [](std::string_view frame) { return parse(frame).has_value(); };
    using namespace std::string_view_literals;
    CHECK(std::holds_alternative<Welcome>(*parse("welcome\0001"sv)));
    CHECK_EQ(std::get<Refuse>(*parse("refuse\0not logged in"sv)).reason, "not logged in");
    CHECK_EQ(std::get<Return>(*parse("return\00018446744073709551615\0-7"sv)).sequence, 18446744073709551615U);
    CHECK_EQ(std::get<Return>(*parse("return\0001\0-7"sv)).status, -7);
    CHECK_EQ(std::get<Raise>(*parse("event\0E\0{\"broken\xFF"sv)).information, "{\"broken\xFF");
    CHECK_EQ(std::get<Bye>(*parse("bye\0"sv)).reason, "");
    for (const auto frame : {""sv, "welcome"sv, "welcome\0002"sv, "welcome\0001\0"sv, "Welcome\0001"sv, "refuse"sv,
                             "return\0001"sv, "return\0x\0000"sv, "return\0001\0"sv, "return\0-1\0000"sv,
                             "return\0001\0000 "sv, "return\00018446744073709551616\0000"sv,
                             "return\0001\0002147483648"sv, "event\0E"sv, "event\0E\0{}\0more"sv, "bye"sv, "call\0001"sv,
                             "\0\0\0"sv}) {
        CHECK(!parsed(frame));
    }
}

void survives_any_bytes() {
    const std::string stream = *encode({"welcome", "1"}) + *encode({"return", "1", "0"}) +
                               *encode({"event", "EVENT_SAVE_RESULT", "{\"operate\":\"SaveResult\"}"}) +
                               *encode({"refuse", "x"}) + *encode({"bye", "x"});
    test::Mutations mutations(stream);
    for (int round = 0; round < 20000; ++round) {
        const std::string hostile = mutations.next();
        FrameReader reader;
        std::size_t total = 0;
        for (std::size_t at = 0; at < hostile.size(); at += 7) {
            reader.feed(std::string_view(hostile).substr(at, 7));
            for (const std::string &frame : frames_of(reader)) {
                total += frame.size() + 4;
                parse(frame);
            }
        }
        CHECK(total <= hostile.size());  // nothing is made up
    }
}

}  // namespace

int main() {
    encodes_as_the_contract_says();
    reads_frames_however_they_are_cut();
    stops_at_an_impossible_length();
    takes_only_messages_that_are_exactly_right();
    survives_any_bytes();
    return 0;
}
