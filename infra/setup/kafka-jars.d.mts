export declare function kafkaJarsFolder(dataDir: string): string
export declare function installKafkaJars(dataDir: string): Promise<void>
