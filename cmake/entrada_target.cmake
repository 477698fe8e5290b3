# What every target of this build shares: warnings, sanitizers, faster compiling. Never part of the exported target.
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Without the folder's own path in the key, another checkout of the same sources finds what this one has compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()

# lld links a test program in a fraction of the time.
find_program(LLD ld.lld)

function(entrada_target name)
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src)
  if(ENTRADA_DEVELOPER)
    target_compile_options(${name} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Woverloaded-virtual)
  endif()
  if(LLD AND ENTRADA_DEVELOPER)
    target_link_options(${name} PRIVATE -fuse-ld=lld)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # GCC 12 sees overlaps in std::string's operator+ that are not there: https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105329
    # and, where a sanitizer changes what it inlines, takes Asio's own operator delete of a coroutine's frame for a wrong one.
    target_compile_options(${name} PRIVATE -Wno-restrict -Wno-mismatched-new-delete)
  endif()
  if(ENTRADA_WERROR)
    target_compile_options(${name} PRIVATE -Werror)
  endif()
  if(ENTRADA_FUZZ)
    target_compile_options(${name} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
  if(ENTRADA_SANITIZE)
    # Clang 14 cannot assemble coroutines with the one check that is left out.
    target_compile_options(${name} PRIVATE -fsanitize=${ENTRADA_SANITIZE} $<$<CXX_COMPILER_ID:Clang>:-fno-sanitize=function>
                                           -fno-omit-frame-pointer -fno-sanitize-recover=all)
    target_link_options(${name} PRIVATE -fsanitize=${ENTRADA_SANITIZE})
    if(ENTRADA_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      target_compile_options(${name} PRIVATE -Wno-tsan) # Asio's fences; GCC only says that it cannot see through them
    endif()
  endif()
endfunction()

# entrada_app(NAME): apps/NAME is a static library of all its sources.
function(entrada_app name)
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${name}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(entrada_app_${name} STATIC ${sources})
  entrada_target(entrada_app_${name})
  target_include_directories(entrada_app_${name} PUBLIC ${PROJECT_SOURCE_DIR}/apps)
  target_link_libraries(entrada_app_${name} PUBLIC entrada)
endfunction()

# entrada_test(NAME PLACE [LIBRARIES]): one test program of all sources in tests/PLACE/, or of tests/PLACE*.cpp if PLACE ends in _;
# each gtest case known to ctest.
function(entrada_test name place)
  if(NOT place MATCHES "_$")
    string(APPEND place "/")
  endif()
  file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${place}*.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name} ${sources})
  entrada_target(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  # What is tested is the library as it is shipped; tests themselves compile in half the time without -O3.
  target_compile_options(${name} PRIVATE $<$<CONFIG:Release>:-O1>)
  target_compile_definitions(${name} PRIVATE ENTRADA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name} PRIVATE entrada GTest::gmock GTest::gtest_main ${ARGN})
  set(discover NO_PRETTY_VALUES DISCOVERY_TIMEOUT 60)
  set(properties TIMEOUT 120 LABELS ${name})
  if(name STREQUAL "integration_emulator")
    # Times on the wire, and the start within a second, are no matter of what else the machine does meanwhile.
    set(timed "emulator_logins.*:emulator_life.it_is_ready_within_a_second")
    gtest_discover_tests(${name} ${discover} TEST_FILTER "${timed}" PROPERTIES ${properties} RUN_SERIAL TRUE)
    list(APPEND discover TEST_FILTER "-${timed}")
  endif()
  gtest_discover_tests(${name} ${discover} PROPERTIES ${properties})
endfunction()
