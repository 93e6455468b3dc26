// The examples as programs, against a server that saves everything but what is named “bad”.
#include <cstdlib>
#include <string>

#include "bridge_server.hpp"
#include "check.hpp"

using namespace test;

namespace {

void serve(BridgePeer &peer) {
    if (!peer.greet()) {
        return;
    }
    for (std::string line; !(line = peer.line()).empty();) {
        const std::string id = member(line, "requestId");
        const std::string end = member(line, "path") == "/bad" ? "failed" : "done";
        peer.send_line(answer(line, job_json(id, "accepted")));
        for (const std::string &state : {std::string("captured"), std::string("submitted"), end}) {
            peer.send_line(R"({"jsonrpc":"2.0","method":"job.changed","params":)" + job_json(id, state) + "}");
        }
    }
}

}  // namespace

int main(int argc, char **argv) {
    CHECK_EQ(argc, 3);
    BridgeServer server(serve);
    const std::string polling = argv[1];
    const std::string callbacks = argv[2];
    CHECK_EQ(std::system((polling + " /a " + server.address()).c_str()), 0);
    CHECK(std::system((polling + " /bad " + server.address()).c_str()) != 0);
    CHECK_EQ(std::system((callbacks + " " + server.address() + " /a /b /c").c_str()), 0);
    CHECK(std::system((callbacks + " " + server.address() + " /a /bad").c_str()) != 0);
    return 0;
}
