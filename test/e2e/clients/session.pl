# A session of Redis.pm: what it makes of the replies, a line each.
use strict;
use warnings;
use Redis;

my ($port) = @ARGV;
my $r = Redis->new(server => "127.0.0.1:$port", name => 'mine', reconnect => 0);
$| = 1;

sub shown {
  my ($value) = @_;
  return '(nil)' unless defined $value;
  return $value unless ref $value;
  return '[' . join(', ', map { shown($_) } @$value) . ']' if ref $value eq 'ARRAY';
  return '{' . join(', ', map { "$_=" . shown($value->{$_}) } sort keys %$value) . '}';
}

sub tell_of {
  my ($name, @values) = @_;
  print "$name ", join(' ', map { shown($_) } @values), "\n";
}

tell_of('strings', $r->set(k => 'v', 'EX', 100), $r->get('k'), $r->get('nothing'), $r->ttl('k'));
tell_of('bytes', $r->set(bytes => join '', map { chr } 0 .. 255), $r->strlen('bytes'), length $r->get('bytes'));
tell_of('numbers', $r->incr('n'), $r->incrby('n', 5), $r->decr('n'));
tell_of('hash', $r->hset('h', a => 1, b => 2), {$r->hgetall('h')}, [$r->hmget('h', 'a', 'z')]);
tell_of('list', $r->rpush('l', 1 .. 4), [$r->lrange('l', 0, -1)], $r->lpop('l'), [$r->blpop('l', 1)]);
tell_of('set', $r->sadd('s', 'a', 'b'), [sort $r->smembers('s')], $r->sismember('s', 'a'));
tell_of('sorted set', $r->zadd('z', 1, 'a', 2.5, 'b'), [$r->zrange('z', 0, -1, 'WITHSCORES')]);
tell_of('keys', [sort $r->keys('[kn]')], $r->exists('k'), $r->type('h'), $r->del('k', 'n'));

my ($cursor, $page) = $r->scan(0, COUNT => 100);
tell_of('scan', $cursor, [sort @$page]);

$r->multi;
$r->set(t => 1);
$r->incr('t');
tell_of('transaction', [$r->exec]);

my @piped;
$r->set('p', 4, sub { push @piped, $_[0] });
$r->incr('p', sub { push @piped, $_[0] });
$r->lpush('p', 'x', sub { push @piped, $_[1] });
$r->wait_all_responses;
tell_of('pipeline', [@piped]);

tell_of('script', [$r->eval('return {KEYS[1], ARGV[1], 3}', 1, 'k', 'x')]);
my $sha = $r->script_load('return 7');
tell_of('script by hash', $r->evalsha($sha, 0));
tell_of('info', $r->info->{redis_version}, {$r->config_get('maxclients')});
tell_of('client', $r->client_getname, $r->select(2), $r->dbsize, $r->select(0));

my @heard;
my $subscriber = Redis->new(server => "127.0.0.1:$port");
my $hear = sub { push @heard, [@_[1, 0]] };
$subscriber->subscribe('news', $hear);
$subscriber->psubscribe('n*', $hear);
tell_of('published', $r->publish(news => 'hello'));
$subscriber->wait_for_messages(1) while @heard < 2;
tell_of('messages', [@heard]);

for my $wrong (sub { $r->lpush('bytes', 1) }, sub { $r->nosuch }, sub { $r->incr('bytes') }) {
  eval { $wrong->(); 1 } or print 'error ', $@ =~ s/,  at .*//sr, "\n";
}
tell_of('quit', $r->quit);
