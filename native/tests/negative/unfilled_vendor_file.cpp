// The vendor file as it is delivered: each point is an #error that says what belongs there.
// EXPECT: ISCBridge vendor file, point 1
// EXPECT: ISCBridge vendor file, point 2
// EXPECT: ISCBridge vendor file, point 3
// EXPECT: ISCBridge vendor file, point 4
// EXPECT: ISCBridge vendor file, point 5
// EXPECT: ISCBridge vendor file, point 6
// EXPECT: ISCBridge vendor file, point 7
#include "sdk_port.cpp"
