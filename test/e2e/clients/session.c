/* A session of hiredis: the replies as it hands them over, a line each. */
#include <hiredis/hiredis.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_reply(const redisReply *reply) {
    switch (reply->type) {
    case REDIS_REPLY_STRING: printf("\"%s\"", reply->str); break;
    case REDIS_REPLY_STATUS: printf("%s", reply->str); break;
    case REDIS_REPLY_ERROR: printf("(error) %s", reply->str); break;
    case REDIS_REPLY_INTEGER: printf("%lld", reply->integer); break;
    case REDIS_REPLY_NIL: printf("(nil)"); break;
    case REDIS_REPLY_ARRAY:
        printf("[");
        for (size_t i = 0; i < reply->elements; i++) {
            if (i > 0) printf(", ");
            print_reply(reply->element[i]);
        }
        printf("]");
        break;
    default: printf("(type %d)", reply->type);
    }
}

static void told(redisContext *context, redisReply *reply) {
    if (reply == NULL) {
        printf("broken: %s\n", context->errstr);
        exit(1);
    }
    print_reply(reply);
    printf("\n");
    freeReplyObject(reply);
}

static redisContext *connected(int port) {
    struct timeval patience = {5, 0};
    redisContext *context = redisConnectWithTimeout("127.0.0.1", port, patience);
    if (context == NULL || context->err) {
        printf("not connected: %s\n", context ? context->errstr : "no memory");
        exit(1);
    }
    redisSetTimeout(context, patience);
    return context;
}

int main(int argc, char **argv) {
    if (argc != 2) return 2;
    int port = atoi(argv[1]);
    redisContext *c = connected(port);

    told(c, redisCommand(c, "PING"));
    told(c, redisCommand(c, "SET %s %b", "k", "a\0b", (size_t)3));
    told(c, redisCommand(c, "STRLEN k"));
    told(c, redisCommand(c, "GET nothing"));
    told(c, redisCommand(c, "INCRBY n %lld", 9223372036854775807LL));
    told(c, redisCommand(c, "INCR n"));
    told(c, redisCommand(c, "HSET h f1 v1 f2 v2"));
    told(c, redisCommand(c, "HGETALL h"));
    told(c, redisCommand(c, "ZADD z 1.5 a 2 b"));
    told(c, redisCommand(c, "ZRANGE z 0 -1 WITHSCORES"));
    told(c, redisCommand(c, "EVAL %s 1 k x", "return {1, {ARGV[1], KEYS[1]}, false, 'text', {ok = 'fine'}}"));
    told(c, redisCommand(c, "LPUSH k x"));
    told(c, redisCommand(c, "NOSUCH"));

    for (int i = 0; i < 1000; i++) redisAppendCommand(c, "RPUSH list %d", i);
    redisReply *last = NULL;
    for (int i = 0; i < 1000; i++) {
        if (last != NULL) freeReplyObject(last);
        if (redisGetReply(c, (void **)&last) != REDIS_OK) last = NULL;
    }
    told(c, last);

    told(c, redisCommand(c, "MULTI"));
    told(c, redisCommand(c, "LLEN list"));
    told(c, redisCommand(c, "GET list"));
    told(c, redisCommand(c, "EXEC"));

    size_t large = 5 * 1024 * 1024;
    char *value = malloc(large);
    memset(value, 'x', large);
    told(c, redisCommand(c, "SET large %b", value, large));
    redisReply *back = redisCommand(c, "GET large");
    printf("%s\n", back != NULL && back->len == large && memcmp(back->str, value, large) == 0 ? "the same" : "another");
    freeReplyObject(back);
    free(value);

    redisContext *subscriber = connected(port);
    told(subscriber, redisCommand(subscriber, "SUBSCRIBE news"));
    told(c, redisCommand(c, "PUBLISH news hello"));
    void *message = NULL;
    if (redisGetReply(subscriber, &message) != REDIS_OK) message = NULL;
    told(subscriber, message);

    redisFree(subscriber);
    redisFree(c);
    return 0;
}
