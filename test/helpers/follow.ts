/** All that a stream tells until it ends; what `heard` does with each is waited for. */
export async function follow<News>(
  stream: Promise<AsyncIterable<News>>,
  heard: (news: News) => unknown = () => {},
): Promise<News[]> {
  const all: News[] = [];
  for await (const news of await stream) {
    all.push(news);
    await heard(news);
  }
  return all;
}
